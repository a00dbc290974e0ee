using System.Net;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Hops.Managed;
using Plait.Hosting;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Hops;

/// <summary>Which positions of a client's chains share a process.</summary>
public class ClientProcessPlannerTests
{
    private const string Plugins = """
        ClientTransportPlugin obfs3,obfs4,meek_lite,webtunnel exec /lyrebird
        Alias a obfs3|obfs4
        Alias b obfs4|webtunnel
        Alias c webtunnel|obfs4
        Alias d obfs3|meek_lite

        """;

    private static readonly OutsideSettings s_proxy =
        OutsideSettings.None with { Proxy = new(ProxyScheme.Socks5, new(IPAddress.Loopback, 1), null, null) };

    [Fact]
    public void Plans_IndirectTransports_AreApartBeforeTheWire_AndShareAProcessAtIt() => Assert.Equal(
        [
            "Shared Automatic: a 0, a 1, b 0, c 1, d 0",
            "AtWire Shim: b 1, d 1",
            "Indirect Automatic: c 0",
        ],
        Plans("", OutsideSettings.None));

    [Fact]
    public void Plans_UpstreamProxy_EachIndirectTransportAtTheWireIsAlone() => Assert.Equal( // one may refuse it (R6)
        [
            "Shared Automatic: a 0, a 1, b 0, c 1, d 0",
            "AtWire Shim: b 1",
            "Indirect Automatic: c 0",
            "AtWire Shim: d 1",
        ],
        Plans("", s_proxy));

    [Fact]
    public void Plans_WireBySelf_IsApartFromThoseBehindTheJoint() => Assert.Equal(
        [
            "Shared Automatic: a 0, b 0, d 0",
            "AtWire Shim: a 1, b 1, c 1, d 1",
            "Indirect Automatic: c 0",
        ],
        Plans("ClientTransportWire obfs4 self", OutsideSettings.None));

    [Fact]
    public void Plans_WireByPlait_NeedsTheProxyJoint() =>
        Assert.Equal("Shared Proxy: a 0, a 1, b 0, c 1, d 0", Plans("ClientTransportWire obfs4 plait", OutsideSettings.None)[0]);

    [Fact]
    public void Plans_BehindShims_OneProcessDialsForAllWires() => Assert.Equal(
        ["Shared Shim: a 0, a 1, b 0, b 1"],
        Plans("ClientTransportJoint obfs3 shim\nClientTransportWire obfs4 self", OutsideSettings.None, "a", "b"));

    private static List<string> Plans(string more, OutsideSettings outside, params string[] chains)
    {
        PlaitConfiguration configuration = ParsesCleanly(Plugins + more);
        var planner = new ClientProcessPlanner(configuration, outside);
        foreach (ChainPlan plan in ChainPlan.Resolve(configuration, PtRole.Client, chains is [] ? ["a", "b", "c", "d"] : chains))
        {
            planner.Add(plan.Definition!);
        }

        return [.. planner.Plans.Select(process =>
            $"{process.Kind} {process.Choice}: {string.Join(", ", process.Positions.Select(at => $"{at.Position.Chain} {at.Position.Hop}"))}")];
    }
}
