using Plait.Configuration;
using Plait.Wire.Pt;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

/// <summary>Each ability that a hop lacks has a sentence at each place where it is needed: in the plaitrc, in plait check, and at a start.</summary>
public sealed class HopNatureTests
{
    private const string Plugins = """
        ClientTransportPlugin pt exec /pt
        ClientTransportPlugin runs socks5 127.0.0.1:9
        ClientTransportPlugin bare socks5 exec /bare {listen}
        ClientTransportPlugin hop tunnel exec /hop {listen} {target}
        ClientTransportPlugin lib library /lib.so
        ClientTransportPlugin mask assembly /mask.dll A.B
        ServerTransportPlugin hop tunnel exec /hop {listen} {target}
        ServerTransportPlugin told tunnel proxy-protocol exec /hop {listen} {target}

        """;

    private static readonly HopNature s_nothing = new(
        "a stone", new() { TakesTargets = false, LetsPlaitDial = false, ReportsItsClient = false, ForClients = false, ForBridges = false });

    [Theory]
    [InlineData(nameof(HopAbility.TakesProxy), "it is a stone, which takes no proxy")]
    [InlineData(nameof(HopAbility.TakesTargets), "it is a stone, which is not asked for each target")]
    [InlineData(nameof(HopAbility.LetsPlaitDial), "it is a stone, which does not let Plait dial")]
    [InlineData(nameof(HopAbility.ReportsItsClient), "it is a stone, which does not report its client")]
    [InlineData(nameof(HopAbility.ForClients), "it is a stone, which has no client side")]
    [InlineData(nameof(HopAbility.ForBridges), "it is a stone, which cannot be told to forward to tor")]
    public void Lack_OfEachAbility_IsAClauseOfItsOwn(string name, string clause)
    {
        HopAbility ability = Enum.Parse<HopAbility>(name);
        Assert.Equal(clause, s_nothing.Lack(ability));
        Assert.Null(new HopNature("a jewel", new(), TakesProxy: true).Lack(ability));
    }

    /// <summary>A hop that is not for the side is refused at each position, whether the plaitrc or an application has put it there.</summary>
    [Theory]
    [InlineData(PtRole.Client, 0, "stone cannot stand on a client: it is a stone, which has no client side")]
    [InlineData(PtRole.Client, 2, "stone cannot stand on a client: it is a stone, which has no client side")]
    [InlineData(PtRole.Server, 0, "stone cannot stand on a bridge: it is a stone, which cannot be told to forward to tor")]
    [InlineData(PtRole.Server, 1, "stone cannot stand on a bridge: it is a stone, which cannot be told to forward to tor")]
    [InlineData(PtRole.Server, 2, "stone cannot stand on a bridge: it is a stone, which cannot be told to forward to tor")]
    public void PlacementProblem_NotForTheSide_NamesTheAbility(PtRole role, int position, string problem)
    {
        TransportDeclaration[] hops = [.. Enumerable.Range(0, 3).Select(hop => hop == position
            ? new TransportDeclaration("stone", new Stone(), false, default, default, default)
            : TransportDeclaration.InProcess()["b64"])];
        var chain = new ChainDefinition("x", hops);
        Assert.Equal(problem, chain.PlacementProblem(role));
        Assert.Equal("Put another transport in its place.", chain.PlacementAdvice(role));
    }

    /// <summary>Without a proxy, a hop that ignores its target is refused before the wire alone.</summary>
    [Theory]
    [InlineData("runs", "it is a program that Plait does not start, which takes no proxy")]
    [InlineData("bare", "it is a SOCKS program, which takes no proxy")]
    [InlineData("hop", "it is a tunnel, which takes no proxy")]
    [InlineData("pt", null)]
    [InlineData("lib", null)]
    [InlineData("mask", null)]
    public void Resolve_IgnoresItsTarget_NeedsAProxyBeforeTheWire(string name, string? lack)
    {
        PlaitConfiguration read = ParsesCleanly($"{Plugins}IndirectTransport {name}");
        ChainResolution before = ChainResolver.Resolve(read, PtRole.Client, $"{name}_b64");
        Assert.Equal(
            lack is null ? null : $"{name} ignores the target it is given, so it has to use Plait as its proxy to stay in the chain {name}|b64, but {lack}",
            (before as ChainResolution.Failed)?.Why);
        Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(read, PtRole.Client, $"b64_{name}"));
    }

    /// <summary>Where torrc demands something of outside connections, the hop at the wire has to let Plait dial.</summary>
    [Theory]
    [InlineData("runs", "a program that Plait does not start")]
    [InlineData("bare", "a SOCKS program")]
    [InlineData("hop", null)]
    [InlineData("pt", null)]
    [InlineData("lib", null)]
    [InlineData("mask", null)]
    public void RefusalOf_TheWireHop_NamesTheAbility(string name, string? kind)
    {
        TransportDeclaration hop = ParsesCleanly(Plugins).Client.Transports[name];
        Assert.Null(new OutsideDemand(Proxy: false, BindAddress: false).RefusalOf(hop));
        Assert.Equal(
            kind is null ? null : $"tor has an upstream proxy set, and {name} would go around it: it is {kind}, which does not let Plait dial",
            new OutsideDemand(Proxy: true, BindAddress: false).RefusalOf(hop)?.Why.ToString());
        Assert.Equal(
            kind is null ? null : $"torrc sets OutboundBindAddress, and {name} would go around it: it is {kind}, which does not let Plait dial",
            new OutsideDemand(Proxy: false, BindAddress: true).RefusalOf(hop)?.Why.ToString());
    }

    [Theory]
    [InlineData("hop", true, true, "tor has an upstream proxy set, and hop would go around it: ClientTransportWire says self")]
    [InlineData("hop", false, true, "torrc sets OutboundBindAddress, and hop would go around it: ClientTransportWire says self")]
    [InlineData("pt", false, true, "torrc sets OutboundBindAddress, pt dials the network itself, and pt is not known to use that address")]
    [InlineData("lib", true, true, "torrc sets OutboundBindAddress, lib dials the network itself, and lib.so is not known to use that address")]
    [InlineData("pt", true, false, null)] // the proxy is passed on to it
    public void RefusalOf_AWireHopThatDialsItself_SaysWhat(string name, bool proxy, bool bindAddress, string? why)
    {
        TransportDeclaration hop = ParsesCleanly($"{Plugins}ClientTransportWire {name} self").Client.Transports[name];
        Assert.Equal(why, new OutsideDemand(proxy, bindAddress).RefusalOf(hop)?.Why.ToString());
    }

    [Theory]
    [InlineData("ClientTransportJoint runs proxy", "ClientTransportJoint: \"runs\" cannot have the proxy joint: it is a program that Plait does not start, which takes no proxy.")]
    [InlineData("ClientTransportJoint bare proxy", "ClientTransportJoint: \"bare\" cannot have the proxy joint: it is a SOCKS program, which takes no proxy.")]
    [InlineData("ClientTransportJoint hop proxy", "ClientTransportJoint: \"hop\" cannot have the proxy joint: it is a tunnel, which takes no proxy.")]
    [InlineData("ClientTransportWire runs plait", "ClientTransportWire: \"runs\" cannot have Plait at the wire: it is a program that Plait does not start, which does not let Plait dial.")]
    [InlineData("ClientTransportWire bare plait", "ClientTransportWire: \"bare\" cannot have Plait at the wire: it is a SOCKS program, which does not let Plait dial.")]
    [InlineData("ServerTransportPlugin x socks5 exec /p {listen}", "ServerTransportPlugin: the transport cannot stand on a bridge: it is a SOCKS program, which cannot be told to forward to tor.")]
    [InlineData("ServerTransportPlugin x socks4 127.0.0.1:9", "ServerTransportPlugin: the transport cannot stand on a bridge: it is a program that Plait does not start, which cannot be told to forward to tor.")]
    public void Parse_LineThatNeedsAnAbility_NamesIt(string line, string problem) => Assert.Contains(problem, OneProblem(Plugins + line), StringComparison.Ordinal);

    private sealed record Stone : TransportSource
    {
        internal override HopNature Nature => s_nothing;
    }
}
