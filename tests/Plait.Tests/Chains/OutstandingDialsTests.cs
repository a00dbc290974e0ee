using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>To which dial an arrival belongs (G1).</summary>
public sealed class OutstandingDialsTests : IDisposable
{
    private readonly OutstandingDials _dials = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Fact]
    public void Claim_ByAddressAndTransport_FindsExactlyThatDialOnce()
    {
        InwardDial one = Dial(1), two = Dial(2);
        Assert.Same(two, _dials.Claim(two.Source, "obfs4"));
        Assert.Null(_dials.Claim(two.Source, "obfs4"));
        Assert.Null(_dials.Claim(new(IPAddress.Parse("127.64.0.9"), 9), "obfs4"));
        Assert.Same(one, _dials.Claim(one.Source, "obfs4"));
        Assert.Equal(0, _dials.Count);
    }

    /// <summary>Another user can connect from that address to another listener of the same child.</summary>
    [Fact]
    public void Claim_AnotherTransportFromTheSameAddress_TakesNothingAway()
    {
        InwardDial dial = Dial(1);
        Assert.Null(_dials.Claim(dial.Source, "obfs3"));
        Assert.Same(dial, _dials.Claim(dial.Source, "obfs4"));
    }

    [Fact]
    public void Remove_OfAnOlderDialOfTheSameSource_LeavesTheLaterOne()
    {
        InwardDial older = Dial(1);
        _dials.Claim(older.Source, "obfs4");
        InwardDial later = Dial(1);

        _dials.Remove(older);

        Assert.Same(later, _dials.Claim(later.Source, "obfs4"));
    }

    [Fact]
    public async Task Dispose_ADialThatHasNotArrived_IsForgotten()
    {
        InwardDial dial = Dial(1);
        await dial.DisposeAsync();
        Assert.Null(_dials.Claim(dial.Source, "obfs4"));
    }

    private InwardDial Dial(int port)
    {
        var connection = new ServerConnection(null!, new ChainConnection("a", ["obfs4"], TimeSpan.Zero, TimeProvider.System, Shared.Pipes), null);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        var dial = new InwardDial(connection, 0, new(IPAddress.Parse("127.64.0.1"), port), new(socket, Shared.Pollers), _dials);
        Assert.True(_dials.TryAdd(dial));
        return dial;
    }
}
