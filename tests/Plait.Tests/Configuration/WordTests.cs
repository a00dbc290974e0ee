using System.Net;
using Plait.Configuration;
using Plait.Transports;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

/// <summary>Every word but plugin lines, aliases and limits.</summary>
public class WordTests
{
    private const string Plugins = """
        ClientTransportPlugin obfs3,obfs4,meek_lite exec /pt
        ServerTransportPlugin obfs3,obfs4 exec /pt
        ClientTransportPlugin ready socks5 127.0.0.1:1080

        """;

    [Fact]
    public void Parse_EmptyText_IsTheDefaults()
    {
        PlaitConfiguration read = ParsesCleanly("");
        Assert.Equal(TransportDeclaration.InProcess().Keys, read.Client.Transports.Keys);
        Assert.Equal(new PlaitConfiguration().Client.Transports, read.Client.Transports);
        Assert.Equal(new PlaitConfiguration().Server.Transports, read.Server.Transports);
        Assert.Equal(new(), read.Limits);
        Assert.True(read.SafeLogging);
    }

    [Fact]
    public void Parse_ServerLines_AreKeptByName()
    {
        RoleConfiguration server = ParsesCleanly(Plugins + """
            ServerTransportOptions obfs4 iat-mode=1 a=b=c iat-mode=2
            ServerTransportOptions obfs3_obfs4 x-chain-1-iat-mode=1
            ServerTransportListenAddr obfs4 [::]:443
            """).Server;
        Assert.Equal([new("iat-mode", "1"), new("a", "b=c"), new("iat-mode", "2")], server.Options["obfs4"]);
        Assert.Equal("1", server.Options["obfs3_obfs4"].First("x-chain-1-iat-mode"));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 443), server.ListenAddresses["obfs4"]);
    }

    [Fact]
    public void Parse_NamedJoint_WinsOverStarWhereverItStands()
    {
        PlaitConfiguration read = ParsesCleanly(Plugins + """
            ClientTransportJoint obfs4 proxy
            ClientTransportJoint * SHIM
            ServerTransportJoint * orport
            ServerTransportJoint obfs4 auto
            """);
        Assert.Equal(ClientJointChoice.Proxy, read.Client.Transports["obfs4"].ClientJoint);
        Assert.Equal(ClientJointChoice.Shim, read.Client.Transports["obfs3"].ClientJoint);
        Assert.Equal(ServerJointChoice.OrPort, read.Server.Transports["obfs3"].ServerJoint);
        Assert.Equal(ServerJointChoice.Automatic, read.Server.Transports["obfs4"].ServerJoint);
    }

    [Fact]
    public void Parse_Wire_IsKeptForEachRole()
    {
        PlaitConfiguration read = ParsesCleanly(Plugins + """
            ClientTransportWire * self
            ClientTransportWire obfs4 Plait
            ServerTransportWire obfs4 plait
            """);
        Assert.Equal(WireChoice.Plait, read.Client.Transports["obfs4"].Wire);
        Assert.Equal(WireChoice.Self, read.Client.Transports["obfs3"].Wire);
        Assert.Equal(WireChoice.Plait, read.Server.Transports["obfs4"].Wire);
        Assert.Equal(WireChoice.Automatic, read.Server.Transports["obfs3"].Wire);
    }

    [Fact]
    public void Parse_WireOfAllByPlait_IsNoProblemForIndirectOnes() => // they dial the network themselves all the same
        Assert.True(ParsesCleanly(Plugins + "ClientTransportWire * plait").Client.Transports["meek_lite"].Indirect);

    [Fact]
    public void Parse_WireByPlaitWithShims_IsAProblem() => Assert.StartsWith(
        "rc:6: ClientTransportWire: \"obfs4\" has ClientTransportJoint shim, and Plait can dial the network only for a program that uses it as a proxy. ",
        OneProblem(Plugins + "\nClientTransportJoint * shim\nClientTransportWire obfs4 plait"), StringComparison.Ordinal);

    [Fact]
    public void Parse_IndirectTransport_AddsToTheBuiltInOnes()
    {
        RoleConfiguration client = ParsesCleanly(Plugins + "IndirectTransport obfs3,ready").Client;
        IEnumerable<string> indirect = client.Transports.Values.Where(each => each.Indirect).Select(each => each.Name);
        Assert.Equal(["obfs3", "meek_lite", "ready"], indirect);
    }

    [Fact]
    public void Parse_ProfileLinesOfOneName_AddUp()
    {
        PlaitConfiguration read = ParsesCleanly("Profile p a=1\nProfile q a=9\nProfile p b=2 a=3");
        Assert.Equal([new("a", "1"), new("b", "2"), new("a", "3")], read.Profiles["p"]);
        Assert.Equal([new("a", "9")], read.Profiles["q"]);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    public void Parse_SafeLogging_IsASwitch(string word, bool expected) =>
        Assert.Equal(expected, ParsesCleanly($"SafeLogging {word}").SafeLogging);

    [Theory]
    [InlineData("ServerTransportOptions obfs4", "ServerTransportOptions takes a name and at least one option")]
    [InlineData("ServerTransportOptions obfs4 =b", "ServerTransportOptions: ")]
    [InlineData("ServerTransportOptions obfs5 a=b", "ServerTransportOptions: \"obfs5\" is neither a transport nor a chain")]
    [InlineData("ServerTransportOptions a=b c=d", "ServerTransportOptions: (not repeated here) is not the name of a")]
    [InlineData("ServerTransportOptions ready a=b", "ServerTransportOptions: \"ready\" is not declared for a server")]
    [InlineData("ServerTransportListenAddr obfs4", "ServerTransportListenAddr takes a name and an address")]
    [InlineData("ServerTransportListenAddr obfs4 1.2.3.4", "ServerTransportListenAddr has no IP address with a port")]
    [InlineData("ServerTransportListenAddr obfs4 localhost:1", "ServerTransportListenAddr has no IP address with a port")]
    [InlineData("ServerTransportListenAddr meek_lite 0.0.0.0:1", "ServerTransportListenAddr: \"meek_lite\" is not declared")]
    [InlineData("ClientTransportJoint obfs4", "ClientTransportJoint takes a name and a choice")]
    [InlineData("ClientTransportJoint obfs4 orport", "ClientTransportJoint does not know the choice \"orport\"")]
    [InlineData("ServerTransportJoint obfs4 shim", "ServerTransportJoint does not know the choice \"shim\"")]
    [InlineData("ServerTransportJoint ready orport", "ServerTransportJoint: no line declares a server transport \"ready\"")]
    [InlineData("ClientTransportJoint a,b shim", "ClientTransportJoint: (not repeated here) is not the name of a transport")]
    [InlineData("ClientTransportJoint ready proxy", "ClientTransportJoint: \"ready\" cannot have the proxy joint: it is a program that Plait does not start")]
    [InlineData("ClientTransportWire obfs4", "ClientTransportWire takes a name and a choice. Write ClientTransportWire NAME auto|self|plait")]
    [InlineData("ClientTransportWire obfs4 proxy", "ClientTransportWire does not know the choice \"proxy\"")]
    [InlineData("ClientTransportWire obfs5 self", "ClientTransportWire: no line declares a client transport \"obfs5\"")]
    [InlineData("ServerTransportWire meek_lite self", "ServerTransportWire: no line declares a server transport \"meek_lite\"")]
    [InlineData("ClientTransportWire ready plait", "ClientTransportWire: \"ready\" cannot have Plait at the wire: it is a program that Plait does not start")]
    [InlineData("ClientTransportWire meek_lite plait", "ClientTransportWire: \"meek_lite\" ignores the target it is given")]
    [InlineData("ServerTransportWire dummy self", "ServerTransportWire: \"dummy\" is part of Plait")]
    [InlineData("ClientTransportWires obfs4 self", "The word \"ClientTransportWires\" is not known. Did you mean ClientTransportWire?")]
    [InlineData("IndirectTransport", "IndirectTransport takes one list of names")]
    [InlineData("IndirectTransport obfs3, obfs4", "IndirectTransport takes one list of names")]
    [InlineData("IndirectTransport nosuch", "IndirectTransport: no line declares a transport \"nosuch\"")]
    [InlineData("Profile p", "Profile takes a name and at least one argument")]
    [InlineData("Profile 1p a=b", "Profile: (not repeated here) is not a name")]
    [InlineData("Profile p ab", "Profile \"p\": ")]
    [InlineData("Profile p x-chain-profile=q", "Profile \"p\" asks for another profile")]
    [InlineData("SafeLogging", "SafeLogging is neither on nor off")]
    [InlineData("SafeLogging relay", "SafeLogging is neither on nor off")]
    [InlineData("bridge obfs4 192.0.2.1:1", "bridge is a word of tor's own configuration. Move the line to torrc.")]
    [InlineData("ExtORPort auto", "ExtORPort is a word of tor's own configuration. Move the line to torrc.")]
    [InlineData("Alais x a|b", "The word \"Alais\" is not known. Did you mean Alias?")]
    [InlineData("ClientTransportPlugins x /pt", "The word \"ClientTransportPlugins\" is not known. Did you mean Client")]
    [InlineData("Frobnicate", "The word \"Frobnicate\" is not known. Remove the line, or put # before it.")]
    [InlineData("cert=secret iat-mode=0", "The word (not repeated here) is not known.")]
    public void Parse_BadLine_SaysWhat(string text, string expected) =>
        Assert.StartsWith($"rc:5: {expected}", OneProblem(Plugins + "\n" + text), StringComparison.Ordinal);

    [Theory]
    [InlineData("ServerTransportOptions obfs4 a=b", "ServerTransportOptions obfs4 c=d", "ServerTransportOptions for \"obfs4\"")]
    [InlineData(
        "ServerTransportListenAddr obfs4 [::]:1",
        "servertransportlistenaddr obfs4 [::]:2",
        "ServerTransportListenAddr for \"obfs4\"")]
    [InlineData("ClientTransportJoint * shim", "clienttransportjoint * shim", "ClientTransportJoint for \"*\"")]
    [InlineData("ServerTransportWire obfs4 self", "ServerTransportWire obfs4 plait", "ServerTransportWire for \"obfs4\"")]
    [InlineData("SafeLogging 1", "SafeLogging 0", "SafeLogging")]
    [InlineData("StartTimeout 5", "StartTimeout 6", "StartTimeout")]
    public void Parse_SaidTwice_FirstCountsAndSecondIsAProblem(string first, string second, string expected)
    {
        string problem = OneProblem($"{Plugins}\n{first}\n{second}");
        Assert.StartsWith($"rc:6: {expected} stands in rc:5 already. ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LineAfterABadOne_StillCounts()
    {
        ConfigurationResult result = PlaitConfiguration.Parse("Nonsense\nStartTimeout 5\nAlias\nSafeLogging 0", "rc");
        Assert.Equal([1, 3], result.Problems.Select(problem => problem.At!.Line));
        Assert.Equal(TimeSpan.FromSeconds(5), result.Configuration.Limits.StartTimeout);
        Assert.False(result.Configuration.SafeLogging);
    }

    [Fact]
    public void Parse_ProblemsOfTheReview_StandInTheOrderOfTheFile()
    {
        ConfigurationResult result = PlaitConfiguration.Parse("Alias x nosuch|dummy\nNonsense\nIndirectTransport nosuch", "rc");
        Assert.Equal([1, 2, 3], result.Problems.Select(problem => problem.At!.Line));
    }

    [Fact]
    public void Parse_TextTooLong_IsNotRead()
    {
        string text = "SafeLogging 0\n" + new string('#', PlaitConfiguration.MaxTextLength);
        Assert.Equal("rc is longer than 1 MiB and was not read. Name another file, or make it shorter.", OneProblem(text));
        Assert.True(PlaitConfiguration.Parse(text, "rc").Configuration.SafeLogging);
    }

    [Fact]
    public void Parse_NoPlaitrcAtAll_StopsAfterAHundredProblems()
    {
        string text = string.Concat(Enumerable.Repeat("Nonsense\n", 5000)) + "SafeLogging 0";
        ConfigurationResult result = PlaitConfiguration.Parse(text, "rc");
        Assert.Equal(Problems.Limit + 1, result.Problems.Count);
        Assert.Null(result.Problems[^1].At);
        Assert.True(result.Configuration.SafeLogging);
    }
}
