using System.Net;
using Plait.Configuration;
using Plait.Hops.Tunnels;
using Plait.Tests.Configuration;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Hops;

/// <summary>What <c>plait check</c> finds to be lacking in the options of a bridge's tunnels.</summary>
public class TunnelCheckTests
{
    private const string NeedsServer = "\"x\" of a bridge needs the option server: without it the plugin plays the client";

    [Theory]
    [InlineData("sip003 exec /usr/bin/ss-v2ray-plugin", "", NeedsServer)]
    [InlineData("sip003 options=server exec /usr/bin/ss-v2ray-plugin", "", null)]
    [InlineData("sip003 exec /usr/bin/xray-plugin -server", "", null)]
    [InlineData("sip003 exec /usr/bin/xray-plugin", "ServerTransportOptions x server=1", null)]
    [InlineData("sip003 exec /usr/bin/obfs-server", "", null)]
    [InlineData("tunnel exec /p {listen} {target} {arg:key}", "", "p needs the argument key, which stands in its command line, and got none")]
    [InlineData("tunnel exec /p {listen} {target} {arg:key}", "ServerTransportOptions x key=v", null)]
    [InlineData("tunnel exec /p {listen} {target} {arg:key}", "ServerTransportOptions x key=-v", "an argument for p begins with a dash")]
    [InlineData("tunnel exec /p {listen} {target} --key={arg:key}", "ServerTransportOptions x key=-v", null)]
    [InlineData("tunnel exec /p {listen} {target} -{arg:key}", "ServerTransportOptions x key=-v", null)]
    public void Of_OptionsOfThePlaitrc_LackWhatTheProgramNeeds(string rest, string more, string? expected) =>
        Assert.StartsWith(expected ?? "nothing", Lacks(rest, more, null).SingleOrDefault()?.What ?? "nothing", StringComparison.Ordinal);

    [Theory]
    [InlineData("{target-host}", false)]
    [InlineData("{target-host}:{target-port}", false)]
    [InlineData("{target}", false)]
    [InlineData("--host={target-host}", true)]
    public void Problem_TargetBeginsWithADash_WouldBeAnOption(string word, bool may)
    {
        Assert.True(CommandTemplate.TryParse([word], out CommandTemplate? template, out _));
        var command = new ListenerCommand(new(["x"], "/p", [], new("plaitrc", 1)), template, PtRole.Client, Tunnel: null);
        Assert.Equal(may, command.Problem(PtArguments.Empty, new DnsEndPoint("-oProxyCommand", 443)) is null);
        Assert.Null(command.Problem(PtArguments.Empty, new DnsEndPoint("example.com", 443)));
    }

    [Fact]
    public void Of_OptionsOfTor_CountToo() => Assert.Empty(Lacks(
        "sip003 exec /usr/bin/ss-v2ray-plugin", "", new Dictionary<string, PtArguments> { ["x"] = new([new("server", "1")]) }));

    private static TunnelLack[] Lacks(string rest, string more, Dictionary<string, PtArguments>? fromTor)
    {
        PlaitConfiguration read = ConfigurationAssert.ParsesCleanly($"ServerTransportPlugin x {rest}\n{more}");
        var found = Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(read, PtRole.Server, "x"));
        return [.. TunnelCheck.Of(read, found.Chain, fromTor)];
    }
}
