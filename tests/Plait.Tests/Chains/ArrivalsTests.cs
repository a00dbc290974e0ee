using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Hops.InProcess;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>To which connection a stream belongs that a bridge's child brings, and under which client's address (G1).</summary>
public sealed class ArrivalsTests : IAsyncDisposable
{
    private static readonly IPEndPoint s_client = new(IPAddress.Parse("203.0.113.9"), 5678);
    private static readonly IPEndPoint s_public = new(IPAddress.Parse("192.0.2.1"), 443);

    private readonly HostServices _services = new(new(), new LogRecorder(), TimeProvider.System, new());
    private readonly TcpListener _child = new(IPAddress.Loopback, 0);
    private readonly List<InwardWay> _ways = [];
    private readonly InwardDials _dials;

    public ArrivalsTests()
    {
        _child.Start();
        _dials = new(_services.Sources.Bind, _services.Pollers);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (InwardWay way in _ways)
        {
            await way.DisposeAsync();
        }

        _child.Dispose();
        await _services.DisposeAsync();
    }

    [Theory]
    [InlineData("203.0.113.9:5678", "203.0.113.9:5678")]
    [InlineData("127.0.0.1:5678", null)] // a program in between, at a listener that is not for this machine
    [InlineData(null, null)]
    public void Identify_ChildAtThePublicAddress_TheClientIsWhatItReportsAsTorTakesIt(string? reported, string? client)
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 1, "obfs4")], at: s_public));

        Arrival arrival = Identified(arrivals, reported is null ? null : IPEndPoint.Parse(reported), "obfs4");

        AssertBegins(("a", 1, client), arrival);
    }

    [Fact]
    public void Identify_ChildAtThePublicAddressWhoseChainDidNotComeUp_IsRefusedWithoutAWord()
    {
        Arrivals arrivals = Serving([], Plan([At("a", 1, "obfs4")], at: s_public));
        Assert.Null(arrivals.Identify(s_client, "obfs4", out SafeText? why));
        Assert.Null(why);
    }

    [Fact]
    public async Task Identify_ADial_IsItsConnectionOnce()
    {
        Arrivals arrivals = Serving(["a", "b"], Plan([At("a", 0, "obfs3"), At("b", 0, "obfs4")]));
        ServerConnection connection = Chain("b").NewConnection(s_client);
        IPEndPoint source = await DialAsync(connection, 0);

        Assert.Equal(new(connection, 0, Begins: false), Identified(arrivals, source, "obfs4"));
        AssertRefused("no dial to its transport is open", arrivals, source, "obfs4");
        Assert.False(arrivals.BringsUnnamed("obfs4"));
    }

    [Fact]
    public async Task Identify_ADialWithoutItsTransport_IsItsConnectionIfThereIsNoOtherTransport()
    {
        ServerConnection connection = Chain("a").NewConnection(s_client);
        IPEndPoint source = await DialAsync(connection, 0);

        Arrivals ofSeveral = Serving(["a"], Plan([At("a", 0, "obfs3"), At("a", 1, "obfs4")]));
        AssertRefused("no dial to its transport is open", ofSeveral, source, transport: null);
        Arrivals ofOne = Serving(["a"], Plan([At("a", 0, "obfs3"), At("b", 0, "obfs3")]));
        Assert.Equal(new(connection, 0, Begins: false), Identified(ofOne, source, transport: null));
    }

    /// <summary>Another user chose the transport by the port that he dialled.</summary>
    [Fact]
    public async Task Identify_ADialByAnotherTransport_IsRefusedAndTakesNothingAway()
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 0, "obfs3"), At("a", 1, "obfs4")]));
        ServerConnection connection = Chain("a").NewConnection(s_client);
        IPEndPoint source = await DialAsync(connection, 0);

        AssertRefused("no dial to its transport is open", arrivals, source, "obfs4");
        Assert.Equal(connection, Identified(arrivals, source, "obfs3").Connection);
    }

    [Fact]
    public async Task Identify_ADialToAnIndirectTransport_BeginsAConnectionOfItsClient()
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 0, "obfs3"), At("a", 1, "obfs4")], indirect: "obfs3"));
        ServerConnection carrier = Chain("a").NewConnection(s_client);

        Arrival arrival = Identified(arrivals, await DialAsync(carrier, 0), "obfs3");

        AssertBegins(("a", 0, s_client.ToString()), arrival);
        Assert.NotSame(carrier.Connection, arrival.Connection.Connection);
        Assert.Same(carrier.Chain, arrival.Connection.Chain);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("203.0.113.9:5678")]
    public void Identify_NoDialAndOnePosition_BeginsAConnectionWhoseClientIsNotKnown(string? reported)
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 1, "obfs4")]));
        Assert.False(arrivals.BringsUnnamed("obfs4"));

        Arrival arrival = Identified(arrivals, reported is null ? null : IPEndPoint.Parse(reported), "obfs4");

        AssertBegins(("a", 1, null), arrival);
        Assert.True(arrivals.BringsUnnamed("obfs4"));
    }

    [Fact]
    public void Identify_NoDialAndOnePositionOfTheTransport_BeginsAConnectionThere()
    {
        Arrivals arrivals = Serving(["a", "b"], Plan([At("a", 0, "obfs3"), At("b", 1, "obfs4")]));
        AssertBegins(("b", 1, null), Identified(arrivals, reported: null, "obfs4"));
    }

    [Fact]
    public void Identify_NoDialAndSeveralPositions_IsRefused()
    {
        Arrivals arrivals = Serving(["a", "b"], Plan([At("a", 0, "obfs3"), At("b", 0, "obfs3")]));
        AssertRefused("does not report the address it was dialled from", arrivals, reported: null, "obfs3");
    }

    /// <summary>Its client has left, or the report is late: the address may name another connection soon.</summary>
    [Fact]
    public void Identify_ASourceOfOursWithoutADial_IsRefusedEvenForTheOnlyPosition()
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 0, "obfs3")]));
        using Socket ours = _services.Sources.Bind();
        AssertRefused("no dial to its transport is open", arrivals, (IPEndPoint)ours.LocalEndPoint!, "obfs3");
    }

    /// <summary>A stranger dialled the port of a child that reports our dials.</summary>
    [Fact]
    public async Task Identify_NoDialAfterOneWasReported_IsRefused()
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 0, "obfs3")]));
        Identified(arrivals, await DialAsync(Chain("a").NewConnection(s_client), 0), "obfs3");
        AssertRefused("its program reports those", arrivals, s_client, "obfs3");
    }

    /// <summary>Its clients come over other programs' connections: at the wire it alone knows them.</summary>
    [Theory]
    [InlineData(1, "obfs4", "203.0.113.9:5678")]
    [InlineData(0, "obfs3", null)]
    public async Task Identify_AnIndirectTransportThatReportsDialsToo_IsBelievedAtTheWireAlone(int hop, string transport, string? client)
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", hop, transport)], indirect: transport));
        Identified(arrivals, await DialAsync(Chain("a").NewConnection(null), hop), transport);
        AssertBegins(("a", hop, client), Identified(arrivals, s_client, transport));
    }

    [Fact]
    public void IdentifyUnreported_OnePosition_BeginsAConnectionWhoseClientIsNotKnown()
    {
        Arrivals arrivals = Serving(["a"], Plan([At("a", 0, "obfs3")]));
        AssertBegins(("a", 0, null), arrivals.IdentifyUnreported(out _));
        Assert.True(arrivals.BringsUnnamed("obfs3"));
    }

    [Fact]
    public void IdentifyUnreported_SeveralPositions_IsRefused()
    {
        Arrivals arrivals = Serving(["a", "b"], Plan([At("a", 0, "obfs3"), At("b", 0, "obfs3")]));
        Assert.Null(arrivals.IdentifyUnreported(out SafeText? why));
        Assert.Contains("does not use the Extended ORPort", why!.ToString(), StringComparison.Ordinal);
    }

    private static Position At(string chain, int hop, string transport) => new(chain, hop, transport);

    private static ServerProcessPlan Plan(Position[] positions, IPEndPoint? at = null, string? indirect = null) => new(
        new([.. positions.Select(position => position.Transport)], "program", [], new("test", 1)),
        ServerJointChoice.Automatic,
        positions,
        new Dictionary<string, PtArguments>(),
        new Dictionary<string, IPEndPoint>(),
        new HashSet<string>(indirect is null ? [] : [indirect]),
        at);

    /// <summary>Of two hops: obfs3 nearest to tor, obfs4 at the wire. "b" has them the other way round.</summary>
    private ServerChain Chain(string alias)
    {
        string[] transports = alias == "b" ? ["obfs4", "obfs3"] : ["obfs3", "obfs4"];
        var definition = new ChainDefinition(alias, [.. transports.Select(name => new TransportDeclaration(
            name, new TransportSource.InProcess(new IdentityTransport(), new IdentityTransport()), Indirect: false, ClientJointChoice.Automatic, ServerJointChoice.Automatic, WireChoice.Automatic))]);
        ServerHop[] hops = [.. transports.Select(name => new InProcessServerHop(new(name, new IdentityTransport(), PtArguments.Empty, state: null, _services)))];
        return new(alias, definition, hops, inner: null!, _services);
    }

    private Arrivals Serving(string[] chains, ServerProcessPlan plan)
    {
        var arrivals = new Arrivals(plan, _dials, _services.Sources);
        arrivals.Serve(chains.ToDictionary(alias => alias, Chain));
        return arrivals;
    }

    /// <returns>Where the dial came from.</returns>
    private async Task<IPEndPoint> DialAsync(ServerConnection connection, int hop)
    {
        InwardWay way = await _dials.ConnectAsync(
            connection, hop, (IPEndPoint)_child.LocalEndpoint, TestContext.Current.CancellationToken);
        _ways.Add(way);
        return (IPEndPoint)((SocketConnection)way.Stream).Socket.LocalEndPoint!;
    }

    private static Arrival Identified(Arrivals arrivals, IPEndPoint? reported, string? transport)
    {
        Arrival? arrival = arrivals.Identify(reported, transport, out SafeText? why);
        Assert.Null(why);
        return Assert.NotNull(arrival);
    }

    private static void AssertBegins((string Chain, int Hop, string? Client) expected, Arrival? arrival)
    {
        Arrival begun = Assert.NotNull(arrival);
        Assert.True(begun.Begins);
        Assert.Equal(expected, (begun.Connection.Chain.Alias, begun.Hop, begun.Connection.Client?.ToString()));
    }

    private static void AssertRefused(string reason, Arrivals arrivals, IPEndPoint? reported, string? transport)
    {
        Assert.Null(arrivals.Identify(reported, transport, out SafeText? why));
        Assert.Contains(reason, why?.ToString(), StringComparison.Ordinal);
    }
}
