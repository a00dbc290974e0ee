using System.Buffers;
using System.Net;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Tests.Support;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Socks;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>A program that answers nothing is told from one that has answered its greeting.</summary>
public sealed class ClientHangDetectorTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly FakeTime _time = new();
    private readonly SocksClientHandshake _handshake = SocksClientHandshake.ForTransport(
        SocksVersion.Socks5, new IPEndPoint(IPAddress.Loopback, 1), PtArguments.Empty);

    private readonly ClientHangDetector _watch;

    public ClientHangDetectorTests()
    {
        _handshake.Advance([], out _, new ArrayBufferWriter<byte>());
        _watch = new(_handshake, new HopTrace("a"), s_limit, _time, CancellationToken.None);
    }

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void Look_NoAnswer_HangsAfterTheLimit()
    {
        _time.Advance(s_limit / 2);
        Assert.False(_watch.Hangs);
        _time.Advance(s_limit);
        Assert.True(_watch.Hangs);
        Assert.True(_watch.Token.IsCancellationRequested);
    }

    [Fact]
    public void Look_GreetingAnswered_DoesNotHangHoweverLongItTakes()
    {
        _handshake.Advance([5, 0], out _, new ArrayBufferWriter<byte>());
        _time.Advance(s_limit * 5);
        Assert.False(_watch.Hangs);
    }
}
