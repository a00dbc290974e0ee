using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>To which dial an arrival belongs (G1).</summary>
public sealed class InwardDialsTests : IAsyncDisposable
{
    private static readonly IPAddress s_source = IPAddress.Parse("127.64.0.1");

    private readonly TcpListener _child = new(IPAddress.Loopback, 0);
    private readonly List<InwardWay> _ways = [];
    private readonly InwardDials _dials;
    private readonly Queue<int> _ports = []; // of the next dials; then of the system's choice

    public InwardDialsTests()
    {
        _child.Start();
        _dials = new(() => ExclusiveBind.Bind(new(s_source, _ports.TryDequeue(out int port) ? port : 0)), Shared.Pollers);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (InwardWay way in _ways)
        {
            await way.DisposeAsync();
        }

        _child.Dispose();
    }

    [Fact]
    public async Task Claim_ByAddressAndTransport_FindsExactlyThatDialOnce()
    {
        ServerConnection one = Connection(), two = Connection();
        IPEndPoint ofOne = SourceOf(await DialAsync(one)), ofTwo = SourceOf(await DialAsync(two));
        Assert.Equal((two, 0), _dials.Claim(ofTwo, "obfs4"));
        Assert.Null(_dials.Claim(ofTwo, "obfs4"));
        Assert.Null(_dials.Claim(new(IPAddress.Parse("127.64.0.9"), 9), "obfs4"));
        Assert.Equal((one, 0), _dials.Claim(ofOne, "obfs4"));
        Assert.Equal(0, _dials.Count);
    }

    /// <summary>Another user can connect from that address to another listener of the same child.</summary>
    [Fact]
    public async Task Claim_AnotherTransportFromTheSameAddress_TakesNothingAway()
    {
        IPEndPoint source = SourceOf(await DialAsync(Connection()));
        Assert.Null(_dials.Claim(source, "obfs3"));
        Assert.NotNull(_dials.Claim(source, "obfs4"));
    }

    [Fact]
    public async Task Connect_TheChildRefuses_IsForgotten()
    {
        using Socket refusing = ExclusiveBind.Bind(new(IPAddress.Loopback, 0)); // bound, and does not listen
        await Assert.ThrowsAsync<SocketException>(() => DialAsync(Connection(), (IPEndPoint)refusing.LocalEndPoint!));
        Assert.Equal(0, _dials.Count);
    }

    [Fact]
    public async Task Connect_FromTheAddressOfADialThatIsStillKnown_TakesAnother()
    {
        InwardWay older = await DialAsync(Connection());
        IPEndPoint source = SourceOf(older);
        older.Stream.Abort(); // closed, and not disposed yet
        _ports.Enqueue(source.Port);

        InwardWay later = await DialAsync(Connection());

        Assert.Empty(_ports);
        Assert.NotEqual(source, SourceOf(later));
        Assert.Equal(2, _dials.Count);
    }

    [Fact]
    public async Task Dispose_OfAnOlderDialOfTheSameAddress_LeavesTheLaterOne()
    {
        InwardWay older = await DialAsync(Connection());
        IPEndPoint source = SourceOf(older);
        _dials.Claim(source, "obfs4");
        older.Stream.Abort();
        _ports.Enqueue(source.Port);
        ServerConnection later = Connection();
        Assert.Equal(source, SourceOf(await DialAsync(later)));

        await older.DisposeAsync();

        Assert.Equal((later, 0), _dials.Claim(source, "obfs4"));
    }

    [Fact]
    public async Task Dispose_ADialThatHasNotArrived_IsForgotten()
    {
        InwardWay dial = await DialAsync(Connection());
        IPEndPoint source = SourceOf(dial);
        await dial.DisposeAsync();
        Assert.Null(_dials.Claim(source, "obfs4"));
    }

    [Fact]
    public async Task FailAll_DialsThatHaveNotArrived_FailThere()
    {
        ServerConnection waiting = Connection(), arrived = Connection();
        await DialAsync(waiting);
        _dials.Claim(SourceOf(await DialAsync(arrived)), "obfs4");

        _dials.FailAll(FailureCause.TimedOut, $"it hangs");

        Assert.Equal((0, ChainStage.Dial, FailureCause.TimedOut), waiting.Connection.Failure is { } failure ? (failure.Hop, failure.Stage, failure.Cause) : default);
        Assert.Null(arrived.Connection.Failure);
    }

    private static IPEndPoint SourceOf(InwardWay dial) => (IPEndPoint)((SocketConnection)dial.Stream).Socket.LocalEndPoint!;

    private static ServerConnection Connection() => new(null!, new ChainConnection("a", ["obfs4"], TimeSpan.Zero, TimeProvider.System, Shared.Pipes), null);

    private async Task<InwardWay> DialAsync(ServerConnection connection, IPEndPoint? listener = null)
    {
        InwardWay way = await _dials.ConnectAsync(
            connection, 0, listener ?? (IPEndPoint)_child.LocalEndpoint, TestContext.Current.CancellationToken);
        _ways.Add(way);
        return way;
    }
}
