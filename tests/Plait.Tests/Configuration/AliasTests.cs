using Plait.Configuration;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

public class AliasTests
{
    private const string Plugins = """
        ClientTransportPlugin obfs3,obfs4,meek_lite,only_client exec /pt
        ServerTransportPlugin obfs3,obfs4,only_server exec /pt
        ClientTransportPlugin snowflake socks5 127.0.0.1:1080

        """;

    [Theory]
    [InlineData("Alias x obfs3|obfs4")]
    [InlineData("alias x obfs3 | obfs4")]
    [InlineData("Alias x obfs3 |obfs4 # on the wire")]
    [InlineData("Alias x \"obfs3| obfs4\"")]
    public void Parse_Alias_KeepsTheOrderOfTheHops(string text)
    {
        ChainAlias alias = ParsesCleanly($"{Plugins}\n{text}").Aliases["x"];
        Assert.Equal(["obfs3", "obfs4"], alias.Hops);
        Assert.Equal(new("rc", 5), alias.At);
    }

    [Fact]
    public void Parse_AliasBeforeItsTransports_IsFine() =>
        Assert.Single(ParsesCleanly("Alias x a|a\nClientTransportPlugin a exec /pt").Aliases);

    [Theory]
    [InlineData("Alias", "Alias takes a name and a chain")]
    [InlineData("Alias x", "Alias takes a name and a chain")]
    [InlineData("Alias x|y obfs3", "Alias: tor cannot ask for the name \"x|y\"")]
    [InlineData("Alias x obfs3||obfs4", "Alias \"x\" has a hop without a name")]
    [InlineData("Alias x |obfs4", "Alias \"x\" has a hop without a name")]
    [InlineData("Alias x obfs3 obfs4", "Alias \"x\" has a hop (not repeated here), which is not a name")]
    [InlineData("Alias x obfs3|obfs_4", "Alias \"x\" has a hop \"obfs_4\" that no line declares. Did you mean \"obfs4\"?")]
    [InlineData("Alias x obfs3|websocket", "Alias \"x\" has a hop \"websocket\" that no line declares. Declare it with")]
    [InlineData("Alias x only_client|only_server", "Alias \"x\" is of no use: its hops are declared, but not all of")]
    [InlineData("Alias obfs4 obfs3|obfs4", "Alias \"obfs4\" has the name of a transport")]
    [InlineData("Alias dummy obfs3|obfs4", "Alias \"dummy\" has the name of a transport")]
    [InlineData("Alias Obfs4 obfs3|obfs4", "Alias: \"Obfs4\" differs from \"obfs4\" only in case")]
    [InlineData("Alias x dummy|dummy|dummy|dummy|dummy|dummy|dummy|dummy|dummy", "Alias \"x\": \"x\" has 9 hops, and")]
    [InlineData("Alias x snowflake|obfs4", "Alias \"x\": snowflake ignores the target it is given")]
    public void Parse_BadAlias_SaysWhat(string text, string expected) =>
        Assert.StartsWith($"rc:5: {expected}", OneProblem($"{Plugins}\n{text}"), StringComparison.Ordinal);

    [Fact]
    public void Parse_TwoAliasesOfOneName_FirstCounts()
    {
        ConfigurationResult result = PlaitConfiguration.Parse($"{Plugins}Alias x obfs3\nAlias x obfs4\nAlias X obfs4", "rc");
        Assert.Equal(
            ["rc:5: Alias for \"x\" stands in rc:4 already", "rc:6: Alias: \"X\" differs from \"x\" only in case"],
            result.Problems.Select(problem => $"{problem.At}: {problem.What}"));
        Assert.Equal(["obfs3"], Assert.Single(result.Configuration.Aliases).Value.Hops);
    }

    [Fact]
    public void Parse_AliasInsideAlias_SaysToWriteItsHops() => Assert.EndsWith(
        "Hops are transports: write the hops of that alias instead of its name.",
        OneProblem($"{Plugins}Alias x obfs3|obfs4\nAlias y x|obfs4"),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("ClientTransportPlugin a exec")]
    [InlineData("ClientTransportPlugin a, b exec /pt")]
    [InlineData("ClientTransportPlugin b a exec /pt")]
    public void Parse_HopOfABadPluginLine_IsNotReportedAgain(string line) =>
        Assert.StartsWith("rc:1: ClientTransportPlugin ", OneProblem($"{line}\nAlias x a|dummy"), StringComparison.Ordinal);
}
