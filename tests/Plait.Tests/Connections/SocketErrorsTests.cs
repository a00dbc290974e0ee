using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>The runtime knows the same errors: it is asked for each that can be brought about here.</summary>
public sealed class SocketErrorsTests
{
    [Theory]
    [InlineData("255.255.255.255", 9)] // a broadcast
    [InlineData("224.0.0.1", 9)] // a multicast group
    public async Task ConnectAsync_FailsAtOnce_SaysWhatTheRuntimeSays(string address, int port)
    {
        var target = new IPEndPoint(IPAddress.Parse(address), port);
        using var runtimes = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        SocketException expected = Assert.ThrowsAny<SocketException>(() => runtimes.Connect(target));
        await using var ours = SocketConnection.Of(new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp), Shared.Pollers);
        SocketException seen = await Assert.ThrowsAsync<SocketException>(() => ours.ConnectAsync(target, TestContext.Current.CancellationToken));
        Assert.Equal(expected.SocketErrorCode, seen.SocketErrorCode);
        Assert.Equal($"{seen.Message} {address}:{port}", expected.Message); // ours has no address (G5)
    }

    [Theory]
    [InlineData(111, SocketError.ConnectionRefused)]
    [InlineData(113, SocketError.HostUnreachable)]
    [InlineData(9999, SocketError.SocketError)]
    public void Of_Errno_IsTheErrorOfThatName(int error, SocketError expected) => Assert.Equal(expected, SocketErrors.Of(error).SocketErrorCode);
}
