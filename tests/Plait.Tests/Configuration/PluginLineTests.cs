using System.Net;
using Plait.Configuration;
using Plait.Tests.Support;
using Plait.Wire.Addresses;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

public class PluginLineTests
{
    [Theory]
    [InlineData("ClientTransportPlugin obfs3,obfs4 exec /usr/bin/pt -a \"b c\"")]
    [InlineData("clienttransportplugin obfs3,obfs4 EXEC /usr/bin/pt -a 'b c'")]
    [InlineData("ClientTransportPlugin obfs3,obfs4 /usr/bin/pt -a \"b c\"")] // fog's form
    public void Parse_PluginLine_DeclaresEachName(string text)
    {
        RoleConfiguration client = ParsesCleanly(text).Client;
        PluginLine line = Managed(client, "obfs3").Line;
        Assert.Same(line, Managed(client, "obfs4").Line);
        Assert.Equal(["obfs3", "obfs4"], line.Transports);
        Assert.Equal("/usr/bin/pt", line.Program);
        Assert.Equal(["-a", "b c"], line.Arguments);
        Assert.Equal(new("rc", 1), line.At);
    }

    [Fact]
    public void Parse_EqualArgv_IsOneProcessForEachRole() // N12
    {
        PlaitConfiguration read = ParsesCleanly("""
            ClientTransportPlugin a exec /pt x
            ClientTransportPlugin b /pt x
            ClientTransportPlugin c exec /pt "x "
            ServerTransportPlugin a exec /pt x
            """);
        Assert.Same(Managed(read.Client, "a").Line, Managed(read.Client, "b").Line);
        Assert.Equal(["a", "b"], Managed(read.Client, "a").Line.Transports);
        Assert.NotSame(Managed(read.Client, "a").Line, Managed(read.Client, "c").Line);
        Assert.NotSame(Managed(read.Client, "a").Line, Managed(read.Server, "a").Line);
        Assert.Equal(["a"], Managed(read.Server, "a").Line.Transports);
    }

    [Theory]
    [InlineData("socks4 127.0.0.1:1", SocksVersion.Socks4, "127.0.0.1", 1)]
    [InlineData("SOCKS5 [::1]:65535", SocksVersion.Socks5, "::1", 65535)]
    public void Parse_UnmanagedClient_KeepsVersionAndAddress(string form, SocksVersion version, string address, int port) // N6
    {
        RoleConfiguration client = ParsesCleanly($"ClientTransportPlugin x {form}").Client;
        var source = Assert.IsType<TransportSource.Unmanaged>(client.Transports["x"].Source);
        Assert.Equal(version, source.Version);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), source.Address);
        Assert.DoesNotContain(address, source.ToString(), StringComparison.Ordinal); // G5
    }

    [Theory]
    [InlineData("ClientTransportPlugin", "ClientTransportPlugin is not complete")]
    [InlineData("ClientTransportPlugin x", "ClientTransportPlugin is not complete")]
    [InlineData("ClientTransportPlugin x exec", "ClientTransportPlugin names no program")]
    [InlineData("ClientTransportPlugin x \"\"", "ClientTransportPlugin names no program")]
    [InlineData("ClientTransportPlugin * exec /pt", "ClientTransportPlugin does not take * for a name")]
    [InlineData("ClientTransportPlugin a-b exec /pt", "ClientTransportPlugin: \"a-b\" is not the name of a transport")]
    [InlineData("ClientTransportPlugin a,,b exec /pt", "ClientTransportPlugin has an empty name in its list of names")]
    [InlineData("ClientTransportPlugin 192.0.2.7:1 exec /pt", "ClientTransportPlugin: (not repeated here) is not the name")]
    [InlineData("ClientTransportPlugin a, b exec /pt", "ClientTransportPlugin has a blank among its names")]
    [InlineData("ClientTransportPlugin a ,b exec /pt", "ClientTransportPlugin has a blank among its names")]
    [InlineData("ClientTransportPlugin a b exec /pt", "ClientTransportPlugin has a blank among its names")]
    [InlineData("ClientTransportPlugin dummy,dummy exec /pt", "ClientTransportPlugin for \"dummy\" stands in rc:1 already")]
    [InlineData("ClientTransportPlugin Dummy exec /pt", "ClientTransportPlugin: \"Dummy\" differs from \"dummy\" only in case")]
    [InlineData("ClientTransportPlugin a,b socks5 127.0.0.1:1", "ClientTransportPlugin has several names for one SOCKS port")]
    [InlineData("ClientTransportPlugin a socks5", "ClientTransportPlugin with socks5 takes an address and nothing after it")]
    [InlineData("ClientTransportPlugin a socks5 127.0.0.1:1 x=y", "ClientTransportPlugin with socks5 takes an address")]
    [InlineData("ClientTransportPlugin a socks5 localhost:1", "ClientTransportPlugin has no address and port that can be")]
    [InlineData("ClientTransportPlugin a socks5 127.0.0.1:0", "ClientTransportPlugin has no address and port that can be")]
    [InlineData("ClientTransportPlugin a socks5 127.0.0.1", "ClientTransportPlugin has no address and port that can be")]
    [InlineData("ClientTransportPlugin a proxy 127.0.0.1:1", "ClientTransportPlugin does not take proxy, a word for servers")]
    [InlineData("ServerTransportPlugin a proxy 127.0.0.1:1", "ServerTransportPlugin: the transport cannot stand on a bridge")]
    [InlineData("ServerTransportPlugin a socks5 127.0.0.1:1", "ServerTransportPlugin: the transport cannot stand on a bridge")]
    public void Parse_BadPluginLine_SaysWhat(string text, string expected) =>
        Assert.StartsWith($"rc:1: {expected}", OneProblem(text), StringComparison.Ordinal);

    [Fact]
    public void Parse_NameDeclaredTwice_FirstLineCountsAndOtherNamesStay()
    {
        ConfigurationResult result = PlaitConfiguration.Parse("""
            ClientTransportPlugin a,b exec /one
            ClientTransportPlugin b,c exec /two
            """, "rc");
        Assert.Equal(
            "rc:2: ClientTransportPlugin for \"b\" stands in rc:1 already. Keep one of the two lines.",
            Assert.Single(result.Problems).ToString());
        Assert.Equal("/one", Managed(result.Configuration.Client, "b").Line.Program);
        Assert.Equal(["c"], Managed(result.Configuration.Client, "c").Line.Transports);
    }

    [Fact]
    public void Parse_NameOfInProcessTransport_IsTaken()
    {
        PlaitConfiguration read = ParsesCleanly("ClientTransportPlugin dummy exec /pt");
        Assert.Equal("/pt", Managed(read.Client, "dummy").Line.Program);
        Assert.IsType<TransportSource.InProcess>(read.Client.Transports["b64"].Source);
        Assert.IsType<TransportSource.InProcess>(read.Server.Transports["dummy"].Source);
    }

    [Fact]
    public void Parse_CaseDiffersAcrossRoles_IsAProblem() => Assert.StartsWith( // N4
        "rc:2: ServerTransportPlugin: \"Obfs3\" differs from \"obfs3\" only in case.",
        OneProblem("ClientTransportPlugin obfs3 exec /pt\nServerTransportPlugin Obfs3 exec /pt"),
        StringComparison.Ordinal);

    [Fact]
    public void ToString_PluginLine_HidesArguments() => Assert.Equal(
        "/pt (rc:1)",
        Managed(ParsesCleanly("ClientTransportPlugin a exec /pt --password=x").Client, "a").Line.ToString());

    [Fact]
    public void Parse_ArgumentThatIsNotUtf8_KeepsItsBytes()
    {
        RoleConfiguration client = ParsesCleanly("# caf\uDCE9\nClientTransportPlugin obfs3 exec /pt \"caf\uDCE9 x\" # \uDCFF").Client;
        Assert.Equal(["caf\uDCE9 x"], Managed(client, "obfs3").Line.Arguments);
    }

    [Theory]
    [InlineData("ClientTransportPlugin obfs3 exec /caf<DCE9>/pt", "ClientTransportPlugin names a program whose path is not UTF-8, and Plait cannot open such a path. Rename the program, or make a link to it that is named in UTF-8.")]
    [InlineData("ServerTransportPlugin obfs3 /caf\uFFFD/pt", "ServerTransportPlugin names a program whose path is not UTF-8, and Plait cannot open such a path. Rename the program, or make a link to it that is named in UTF-8.")]
    [InlineData("Profile x cert=caf<DCE9>", "The line is not UTF-8, as only the arguments after exec PROGRAM may be. Save the file as UTF-8.")]
    public void Parse_TextThatIsNotUtf8_IsRefusedInItsLine(string line, string problem) =>
        Assert.Equal([$"rc:2: {problem}"], PlaitConfiguration.Parse("\n" + Surrogates.In(line), "rc").Problems.Select(found => found.ToString()));
}
