using Plait.Configuration;
using Plait.Wire.Addresses;
using Plait.Wire.Pt;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

/// <summary>Plugin lines of programs that listen where they are told to.</summary>
public class ListeningProgramLineTests
{
    [Theory]
    [InlineData("socks5 exec /p -i {listen-host} -p {listen-port}", SocksVersion.Socks5, false)]
    [InlineData("SOCKS4 Credentials EXEC /p {listen}", SocksVersion.Socks4, true)]
    public void Parse_SocksProgram_IsKept(string rest, SocksVersion version, bool credentials)
    {
        var source = Assert.IsType<TransportSource.SocksProgram>(ParsesCleanly($"ClientTransportPlugin x {rest}").Client.Transports["x"].Source);
        Assert.Equal((version, credentials, "/p"), (source.Version, source.GivesCredentials, source.Line.Program));
        Assert.False(source.TakesProxy);
    }

    [Theory]
    [InlineData("Client", "tunnel exec /p {listen} {target}", false, false)]
    [InlineData("Client", "tunnel exec /p {listen-port} {target-host} {target-port}", false, false)]
    [InlineData("Server", "tunnel proxy-protocol exec /p {listen} {target} {arg:k} {state}", false, true)]
    [InlineData("Client", "sip003 exec /p", true, false)]
    [InlineData("Server", "SIP003 options=server;path=/x proxy-protocol exec /p --flag", true, true)]
    public void Parse_Tunnel_IsKept(string role, string rest, bool isSip003, bool header)
    {
        PlaitConfiguration read = ParsesCleanly($"{role}TransportPlugin x {rest}");
        var source = Assert.IsType<TransportSource.Tunnel>((role == "Client" ? read.Client : read.Server).Transports["x"].Source);
        Assert.Equal((isSip003, header), (source.IsSip003, source.SendsProxyHeader));
        Assert.Equal(header, source.Capabilities.ReportsItsClient);
    }

    [Fact]
    public void Parse_Options_AreRead()
    {
        var source = Assert.IsType<TransportSource.Tunnel>(
            ParsesCleanly("ServerTransportPlugin x sip003 'options=server;path=/a\\;b' exec /p").Server.Transports["x"].Source);
        Assert.Equal([("server", "1"), ("path", "/a;b")], source.Options.Select(option => (option.Key, option.Value)));
    }

    [Theory]
    [InlineData("ClientTransportPlugin x tunnel exec", "ClientTransportPlugin with tunnel names no program. Write ClientTransportPlugin NAME tunnel exec PROGRAM ARG... with {listen} and {target} among the arguments.")]
    [InlineData("ClientTransportPlugin x tunnel /p {listen} {target}", "ClientTransportPlugin with tunnel names no program.")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {target}", "ClientTransportPlugin with tunnel does not say where its program is to listen, and Plait chooses the port.")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {listen}", "ClientTransportPlugin with tunnel does not say where its program is to connect to.")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {listen} {target-host}", "ClientTransportPlugin with tunnel does not say where its program is to connect to.")]
    [InlineData("ClientTransportPlugin x socks5 exec /p", "ClientTransportPlugin with socks5 does not say where its program is to listen, and Plait chooses the port.")]
    [InlineData("ClientTransportPlugin x socks5 exec /p {listen} {target}", "ClientTransportPlugin with socks5 names a target, and a SOCKS program gets each connection's by SOCKS.")]
    [InlineData("ClientTransportPlugin x socks5 credentials exec /p {listen} {arg:k}", "ClientTransportPlugin with socks5 gives the arguments twice, as credentials and in its command line.")]
    [InlineData("ClientTransportPlugin x,y socks5 exec /p {listen}", "ClientTransportPlugin has several names for one program that listens at one port. Give each name its own line.")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {lisen} {target}", "ClientTransportPlugin with tunnel has a word \"lisen\" in braces that is not known. Did you mean {listen}?")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {listen} {target} {arg:}", "in braces that is not known. Write one of {listen}, {listen-host}, {listen-port}, {target}, {target-host}, {target-port}, {state} and {arg:KEY}, or {{ for a brace that the program is to get.")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {listen} {target", "ClientTransportPlugin with tunnel has a { that is not closed. Write {{ for a brace that the program is to get.")]
    [InlineData("ClientTransportPlugin x tunnel fast exec /p {listen} {target}", "ClientTransportPlugin with tunnel has a word \"fast\" before exec that is not known. Write ClientTransportPlugin NAME tunnel exec")]
    [InlineData("ClientTransportPlugin x tunnel proxy-protocol exec /p {listen} {target}", "ClientTransportPlugin with tunnel does not take proxy-protocol, a word for the tunnels of bridges.")]
    [InlineData("ClientTransportPlugin x sip003 options==secret exec /p", "ClientTransportPlugin with sip003: options: the option at offset 0 has no key: write key=value, or a key alone.")]
    [InlineData("ServerTransportPlugin x socks5 exec /p {listen}", "ServerTransportPlugin: the transport cannot stand on a bridge: it is a SOCKS program, which cannot be told to forward to tor. Write ServerTransportPlugin NAME exec PROGRAM ARG... for a pluggable transport, or ServerTransportPlugin NAME tunnel exec PROGRAM ARG... {listen} {target} for a program that forwards to one address.")]
    [InlineData("ServerTransportPlugin x tunnel exec /p {listen} {target}\nServerTransportJoint x extorport", "ServerTransportJoint: \"x\" is a tunnel, which does not speak the Extended ORPort. Write auto or orport.")]
    [InlineData("ClientTransportPlugin x tunnel exec /p {listen} {target}\nClientTransportJoint x proxy", "ClientTransportJoint: \"x\" cannot have the proxy joint: it is a tunnel, which takes no proxy. Write auto or shim.")]
    [InlineData("ClientTransportPlugin x socks5 exec /p {listen}\nClientTransportWire x plait", "ClientTransportWire: \"x\" cannot have Plait at the wire: it is a SOCKS program, which does not let Plait dial. Write auto or self.")]
    public void Parse_Wrong_SaysWhatToWrite(string text, string problem)
    {
        string said = OneProblem(text);
        Assert.Contains(problem, said, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ClientTransportWire x plait")]
    [InlineData("ClientTransportWire x self")]
    [InlineData("ClientTransportJoint x shim")]
    public void Parse_TunnelOfAClient_MayBeDialledForByPlait(string line) =>
        ParsesCleanly($"ClientTransportPlugin x tunnel exec /p {{listen}} {{target}}\n{line}");

    [Theory]
    [InlineData("tunnel exec /p {listen} {target}", "it is a tunnel, which takes no proxy")]
    [InlineData("socks5 exec /p {listen}", "it is a SOCKS program, which takes no proxy")]
    public void Resolve_IgnoresItsTargetBeforeTheWire_NamesWhatItLacks(string rest, string why)
    {
        PlaitConfiguration read = ParsesCleanly($"ClientTransportPlugin x {rest}\nClientTransportPlugin obfs4 exec /pt\nIndirectTransport x");
        var failed = Assert.IsType<ChainResolution.Failed>(ChainResolver.Resolve(read, PtRole.Client, "x_obfs4"));
        Assert.EndsWith($"but {why}", failed.Why, StringComparison.Ordinal);
        Assert.Equal("Make it the last hop.", failed.Instead);
        Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(read, PtRole.Client, "obfs4_x"));
    }

    [Fact]
    public void Fill_Template_FillsEachPlace()
    {
        Assert.True(CommandTemplate.TryParse(["--a={listen-host}:{listen-port}", "{{x}", "", "{arg:k}{arg:k}", "{state}/f"], out CommandTemplate? template, out _));
        Assert.Equal(
            ["--a=<ListenHost:>:<ListenPort:>", "{x}", "", "<Argument:k><Argument:k>", "<State:>/f"], template.Fill((word, key) => $"<{word}:{key}>"));
        Assert.Equal(["k"], template.ArgumentKeys);
        Assert.True(template.HasState);
    }
}
