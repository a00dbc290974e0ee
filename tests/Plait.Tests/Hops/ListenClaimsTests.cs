using System.Net;
using Plait.Configuration;
using Plait.Hops;
using Plait.Wire.Pt;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Hops;

/// <summary>No two listeners of a bridge have one address, whatever kind of hop they belong to.</summary>
public sealed class ListenClaimsTests
{
    private const string Plugins = """
        ServerTransportPlugin pt exec /pt
        ServerTransportPlugin front exec /pt
        ServerTransportWire front plait
        ServerTransportPlugin tunnel tunnel exec /t {listen} {target}
        ServerTransportPlugin lib library /t.so
        ServerTransportPlugin mask assembly /t.dll A.B
        """;

    private static readonly string[] s_wires = ["pt", "front", "tunnel", "lib", "mask", "b64"];

    public static TheoryData<string, string> Pairs => new(from one in s_wires from other in s_wires select (one, other));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Add_TwoChainsAtOnePublicAddress_IsAProblemOfTheSecond(string first, string second)
    {
        PlaitConfiguration configuration = ParsesCleanly($"{Plugins}\nAlias one dummy|{first}\nAlias two b64|{second}");
        var claims = new ListenClaims(configuration.Server, alias => new(alias == "one" ? IPAddress.Any : IPAddress.Loopback, 443));
        Assert.Null(claims.Add(Chain(configuration, "one")));
        Assert.StartsWith("port 443 is already that of the chain one; ", claims.Add(Chain(configuration, "two")), StringComparison.Ordinal);

        claims.Release("one");
        Assert.Null(claims.Add(Chain(configuration, "two")));
    }

    [Fact]
    public void Add_ATunnelWithAFixedPortAtTwoPlaces_IsAProblem()
    {
        PlaitConfiguration configuration = ParsesCleanly($"{Plugins}\nServerTransportListenAddr tunnel 127.0.0.1:8443\nAlias one tunnel|b64\nAlias two tunnel|pt");
        var claims = new ListenClaims(configuration.Server, _ => new(IPAddress.Any, 0));
        Assert.Null(claims.Add(Chain(configuration, "one")));
        Assert.StartsWith("port 8443 is already that of the chain one; ", claims.Add(Chain(configuration, "two")), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_OtherAddressesOrOpenPorts_IsNoProblem()
    {
        PlaitConfiguration configuration = ParsesCleanly($"{Plugins}\nAlias one dummy|pt\nAlias two dummy|tunnel");
        foreach (IPEndPoint[] addresses in new IPEndPoint[][] { [new(IPAddress.Any, 0), new(IPAddress.Any, 0)], [new(IPAddress.Loopback, 443), new(IPAddress.IPv6Loopback, 443)] })
        {
            var claims = new ListenClaims(configuration.Server, alias => addresses[alias == "one" ? 0 : 1]);
            Assert.Null(claims.Add(Chain(configuration, "one")));
            Assert.Null(claims.Add(Chain(configuration, "two")));
        }
    }

    private static ChainDefinition Chain(PlaitConfiguration configuration, string name) =>
        Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(configuration, PtRole.Server, name)).Chain;
}
