using Plait.Configuration;
using Plait.Transports;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Configuration;

/// <summary>What a person copies works, and what is documented exists.</summary>
public class ExampleTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Examples).Where(file => !file.EndsWith(".torrc")).Select(Path.GetFileName).OfType<string>().Order()];

    private static string Examples => Path.Combine(AppContext.BaseDirectory, "examples");

    private static IEnumerable<string> Keywords => new ConfigurationParser("none").Keywords;

    [Fact]
    public void Examples_OfTheFolder_AreAllHere() => Assert.Equal(
        ["bridge.plaitrc", "client.plaitrc", "every-word.plaitrc", "fog-client.fogrc", "fog-server.fogrc", "hops.plaitrc"],
        Files.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Files))]
    public void Example_Parses_AndEachOfItsAliasesIsAChain(string file)
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly(Read(file));
        Assert.NotEmpty(configuration.Aliases);
        Assert.All(
            configuration.Aliases.Keys,
            alias => Assert.Contains(ChainResolver.All(configuration), each => each.Chain.Alias == alias));
    }

    [Theory]
    [InlineData("client.plaitrc", PtRole.Client, "obfs3_obfs4", "obfs3|obfs4")]
    [InlineData("bridge.plaitrc", PtRole.Server, "obfs3_obfs4", "obfs3|obfs4")]
    [InlineData("hops.plaitrc", PtRole.Client, "obfs3_hop_obfs4", "obfs3|hop|obfs4")]
    [InlineData("hops.plaitrc", PtRole.Server, "obfs4_ray", "obfs4|ray")]
    [InlineData("fog-client.fogrc", PtRole.Client, "obfs3_flashproxy", "obfs3|flashproxy")]
    [InlineData("fog-server.fogrc", PtRole.Server, "obfs3_websocket", "obfs3|websocket")]
    public void Example_Alias_IsTheChainItSays(string file, PtRole role, string alias, string chain)
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly(Read(file));
        var found = Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(configuration, role, alias));
        Assert.Equal(chain, found.Chain.ToString());
    }

    [Theory]
    [InlineData("client", PtRole.Client, "ClientTransportPlugin")]
    [InlineData("bridge", PtRole.Server, "ServerTransportPlugin")]
    public void Torrc_AsksForAChainOfItsPlaitrc_InTheLineThatThePlaitrcShows(string name, PtRole role, string keyword)
    {
        string plaitrc = Read($"{name}.plaitrc");
        string line = Assert.Single(Read($"{name}.torrc").Split('\n'), line => line.StartsWith(keyword, StringComparison.Ordinal));
        Assert.Contains($"#   {line}\n", plaitrc, StringComparison.Ordinal);
        string[] words = line.Split(' ');
        Assert.Equal("exec", words[2]);
        Assert.IsType<ChainResolution.Found>(
            ChainResolver.Resolve(ConfigurationAssert.ParsesCleanly(plaitrc), role, words[1]));
    }

    [Fact]
    public void FogExample_Programs_KeepTheirArguments()
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly(Read("fog-server.fogrc"));
        PluginLine websocket = ConfigurationAssert.Managed(configuration.Server, "websocket").Line;
        Assert.Equal("websocket-server", websocket.Program);
        Assert.Equal(["--port", "9500"], websocket.Arguments);
    }

    [Fact]
    public void EveryWord_Words_AreThereOnce()
    {
        IEnumerable<ConfigurationLine> lines = LineReader.Read(Read("every-word.plaitrc"), "rc", new());
        Assert.Equal(Keywords.Order(), lines.Select(line => line.Keyword).Order());
    }

    [Fact]
    public void EveryWord_Values_AreTheDefaults()
    {
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly(Read("every-word.plaitrc"));
        Assert.Equal(new(), configuration.Limits);
        Assert.Equal(new PlaitConfiguration().SafeLogging, configuration.SafeLogging);
        Assert.All(configuration.Client.Transports.Values, each => Assert.Equal(ClientJointChoice.Automatic, each.ClientJoint));
        Assert.All(configuration.Server.Transports.Values, each => Assert.Equal(ServerJointChoice.Automatic, each.ServerJoint));
        Assert.All(
            configuration.Client.Transports.Values.Concat(configuration.Server.Transports.Values),
            each => Assert.Equal(WireChoice.Automatic, each.Wire));
        Assert.All(
            configuration.Client.Transports.Values.Where(each => each.Indirect),
            each => Assert.Contains(each.Name, IndirectTransports.Names));
    }

    [Fact]
    public void Documentation_Words_AreAllNamed()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "configuration.md"));
        Assert.All(Keywords, word => Assert.Contains($"| `{word}", page, StringComparison.Ordinal));
        Assert.Contains($"`{string.Join(',', IndirectTransports.Names)}`", page, StringComparison.Ordinal);
        Assert.All(TransportDeclaration.InProcess().Keys, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Documentation_Defaults_AreThoseOfTheExample()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "configuration.md"));
        foreach (ConfigurationLine line in LineReader.Read(Read("every-word.plaitrc"), "rc", new()))
        {
            if (LimitWord.All.Any(word => word.Name == line.Keyword))
            {
                string start = $"| `{line.Keyword}`";
                string row = Assert.Single(page.Split('\n'), row => row.StartsWith(start, StringComparison.Ordinal));
                Assert.Equal(string.Join(' ', line.Words), row.Split('|')[3].Trim());
            }
        }
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Examples, file));
}
