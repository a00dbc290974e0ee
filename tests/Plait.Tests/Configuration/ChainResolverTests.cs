using Plait.Configuration;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Configuration;

public class ChainResolverTests
{
    [Theory]
    [InlineData("obfs4", "obfs4")]
    [InlineData("dummy", "dummy")]
    [InlineData("named", "obfs4|obfs3")]
    [InlineData("obfs3_obfs4", "obfs3|obfs4")]
    [InlineData("obfs3__obfs4", "obfs3|obfs4")]
    [InlineData("obfs3_obfs3_obfs3", "obfs3|obfs3|obfs3")]
    [InlineData("obfs4_meek_lite", "obfs4|meek_lite")]
    [InlineData("obfs4__meek_lite", "obfs4|meek_lite")]
    [InlineData("obfs4_obfs3__meek_lite", "obfs4|obfs3|meek_lite")]
    [InlineData("obfs4_dummy", "obfs3|dummy")] // an alias goes before a free-form name
    public void Resolve_KnownName_IsItsChain(string name, string expected)
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly("""
            ClientTransportPlugin obfs3,obfs4,meek_lite exec /pt
            Alias named obfs4|obfs3
            Alias obfs4_dummy obfs3|dummy
            """);
        ChainDefinition chain = Found(configuration, PtRole.Client, name);
        Assert.Equal(expected, chain.ToString());
        Assert.Equal(name, chain.Alias);
        Assert.All(chain.Hops, hop => Assert.Same(configuration.Client.Transports[hop.Name], hop));
    }

    [Theory]
    [InlineData("a_b_c", "\"a_b_c\" can be read in several ways: \"a|b|c\", \"a|b_c\", \"a_b|c\"", "ask for \"a__b__c\".")]
    [InlineData("b_c_a_b", "\"b_c_a_b\" can be read in several ways: ", "Write an Alias line for the one you mean, or ask for ")]
    public void Resolve_SeveralReadings_NamesThem(string name, string why, string instead)
    {
        ChainResolution.Failed failed = Failed("ClientTransportPlugin a,a_b,b,b_c,c exec /pt", PtRole.Client, name);
        Assert.StartsWith(why, failed.Why, StringComparison.Ordinal);
        Assert.Contains(instead, failed.Instead, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a__b_c", "a|b_c")]
    [InlineData("a_b__c", "a_b|c")]
    [InlineData("a__b__c", "a|b|c")]
    public void Resolve_DoubleUnderscore_IsUnmistakable(string name, string expected)
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly("ClientTransportPlugin a,a_b,b,b_c,c exec /pt");
        Assert.Equal(expected, Found(configuration, PtRole.Client, name).ToString());
    }

    [Fact]
    public void Resolve_EvenDoubleUnderscoreAmbiguous_OffersOnlyAnAlias()
    {
        ChainResolution.Failed failed = Failed("ClientTransportPlugin a,a__b,b,b__c,c exec /pt", PtRole.Client, "a__b__c");
        Assert.Contains("can be read in several ways", failed.Why, StringComparison.Ordinal);
        Assert.Equal("Write an Alias line for the one you mean.", failed.Instead);
    }

    [Theory]
    [InlineData("obfs5", "Write \"obfs3\" or \"obfs4\" if that is meant.")]
    [InlineData("chian", "Write \"chain\" if that is meant.")]
    [InlineData("nonesuch_at_all", "Known are \"chain\", \"dummy\", \"b64\", \"obfs3\", \"obfs4\".")]
    [InlineData("OBFS4", "Write \"obfs4\" if that is meant.")] // N4
    [InlineData("", "Known are \"chain\", \"dummy\", \"b64\", \"obfs3\", \"obfs4\".")]
    [InlineData("obfs3_", "Write \"obfs3\" if that is meant.")]
    public void Resolve_UnknownName_NamesTheClosest(string name, string instead)
    {
        const string Text = "ClientTransportPlugin obfs3,obfs4 exec /pt\nAlias chain obfs3|obfs4";
        ChainResolution.Failed failed = Failed(Text, PtRole.Client, name);
        Assert.EndsWith("is neither a transport nor a chain of transports that a client has", failed.Why);
        Assert.Equal(instead, failed.Instead);
    }

    [Theory]
    [InlineData("ws", "\"ws\" is not declared for a client")]
    [InlineData("obfs3_ws", "\"obfs3_ws\" needs \"ws\", which is not declared for a client")]
    [InlineData("named", "\"named\" needs \"ws\", which is not declared for a client")]
    [InlineData("obfs3_obfs3", "\"obfs3_obfs3\" needs \"ws\", which is not declared for a client")] // never obfs3|obfs3
    public void Resolve_HopOfTheOtherRole_SaysWhichLineIsMissing(string name, string why)
    {
        ChainResolution.Failed failed = Failed("""
            ClientTransportPlugin obfs3 exec /pt
            ServerTransportPlugin obfs3,ws exec /pt
            Alias named obfs3|ws
            Alias obfs3_obfs3 obfs3|ws
            """, PtRole.Client, name);
        Assert.Equal(why, failed.Why);
        Assert.Equal("Add a ClientTransportPlugin line for \"ws\".", failed.Instead);
    }

    [Fact]
    public void Resolve_TooManyHops_SaysHowMany()
    {
        const string Text = "MaxChainLength 2\nClientTransportPlugin a exec /pt";
        Assert.Equal("a|a", Found(ConfigurationAssert.ParsesCleanly(Text), PtRole.Client, "a_a").ToString());
        Assert.Equal("\"a_a_a\" has 3 hops, and at most 2 are allowed", Failed(Text, PtRole.Client, "a_a_a").Why);
    }

    [Fact]
    public void Resolve_ManyDeadEnds_TakesNoTime() // would be 2^5000 ways without a memory
    {
        string name = string.Join('_', Enumerable.Repeat("a", 5000)) + "_x";
        Failed("MaxChainLength 32\nClientTransportPlugin a,a_a exec /pt", PtRole.Client, name);
    }

    [Theory]
    [InlineData("", "meek_lite_obfs4", null)] // judged when the program has answered
    [InlineData("ClientTransportJoint meek_lite proxy", "meek_lite_obfs4", null)]
    [InlineData("ClientTransportJoint meek_lite shim", "obfs4_meek_lite", null)]
    [InlineData("ClientTransportJoint meek_lite shim", "meek_lite_obfs4", "but ClientTransportJoint says shim")]
    [InlineData("ClientTransportJoint * shim", "obfs4_meek_lite_obfs4", "but ClientTransportJoint says shim")]
    [InlineData("", "obfs4_ready", null)]
    [InlineData("", "ready_obfs4", null)]
    [InlineData("IndirectTransport ready", "obfs4_ready", null)]
    [InlineData("IndirectTransport ready", "ready_obfs4", "but it is a program that Plait does not start, which takes no proxy")]
    public void Resolve_IndirectBeforeTheWire_NeedsTheProxyJoint(string line, string name, string? problem) // C6
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly($"""
            ClientTransportPlugin obfs4,meek_lite exec /pt
            ClientTransportPlugin ready socks5 127.0.0.1:1
            {line}
            """);
        ChainResolution resolution = ChainResolver.Resolve(configuration, PtRole.Client, name);
        string? why = (resolution as ChainResolution.Failed)?.Why;
        Assert.Equal(problem is null, why is null);
        Assert.EndsWith(problem ?? "", why ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void PlacementProblem_Server_NeverMatters()
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly(
            "ServerTransportPlugin meek_lite,obfs4 exec /pt\nClientTransportJoint * shim");
        Assert.Null(Found(configuration, PtRole.Server, "meek_lite_obfs4").PlacementProblem(PtRole.Server));
    }

    [Fact]
    public void All_EachRole_HasItsAliasesAndTransports()
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly("""
            ClientTransportPlugin a,b exec /pt
            ServerTransportPlugin a exec /pt
            Alias both a|a
            Alias client a|b
            """);
        Assert.Equal(
            ["Client both a|a", "Client client a|b", .. Inside("Client"), "Client a a", "Client b b",
             "Server both a|a", .. Inside("Server"), "Server a a"],
            ChainResolver.All(configuration).Select(each => $"{each.Role} {each.Chain.Alias} {each.Chain}"));
    }

    private static IEnumerable<string> Inside(string role) => TransportDeclaration.InProcess().Keys.Select(name => $"{role} {name} {name}");

    private static ChainDefinition Found(PlaitConfiguration configuration, PtRole role, string name) =>
        Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(configuration, role, name)).Chain;

    private static ChainResolution.Failed Failed(string text, PtRole role, string name) => Assert.IsType<ChainResolution.Failed>(
        ChainResolver.Resolve(ConfigurationAssert.ParsesCleanly(text), role, name));
}
