using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Addresses;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.Chains;

/// <summary>G3: with an upstream proxy nothing goes around it, and nothing but the wire hop goes through it.</summary>
public class UpstreamProxyTests
{
    private const string Chain = "obfs3_obfs4";
    private const string Password = "p@ss/w:rd";

    public static TheoryData<string, string> SchemesAndJoints => new()
    {
        { "socks5", "" }, { "socks4a", "" }, { "http", "" },
        { "socks5", Plaitrc.ForceShim }, { "socks4a", Plaitrc.ForceShim }, { "http", Plaitrc.ForceShim },
    };

    [Theory]
    [MemberData(nameof(SchemesAndJoints))]
    public async Task Open_UpstreamProxy_OnlyTheWireHopReachesIt(string scheme, string joint)
    {
        bool withPassword = scheme != "socks4a";
        await using RecordingProxy proxy = withPassword ? RecordingProxy.Start("user", Password) : RecordingProxy.Start();
        await using ChainPair pair = await StartAsync(proxy, scheme, joint);
        var outside = new SourceAddressForwarder[3];
        for (int i = 0; i < outside.Length; i++)
        {
            outside[i] = SourceAddressForwarder.Start(pair.BridgeChain(Chain).EndPoint);
            using Socket socket = await pair.OpenAsync(Chain, outside[i].EndPoint);
            await PtPair.AssertEchoAsync(socket);
        }

        // Every connection that reached the bridge's door came from the proxy, and the proxy made no other.
        Assert.Equal(outside.Select(door => door.EndPoint.ToString()), proxy.Requests.Select(request => request.Target));
        Assert.All(outside, door => Assert.Single(door.Connections));
        Assert.Empty(proxy.Rejected);
        foreach (SourceAddressForwarder door in outside)
        {
            await door.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(SchemesAndJoints))]
    public async Task Open_ProxyDies_IsRefusedAndNotBypassed(string scheme, string joint)
    {
        RecordingProxy proxy = RecordingProxy.Start();
        await using ChainPair pair = await StartAsync(proxy, scheme, joint);
        await using SourceAddressForwarder door = SourceAddressForwarder.Start(pair.BridgeChain(Chain).EndPoint);
        using (Socket socket = await pair.OpenAsync(Chain, door.EndPoint))
        {
            await PtPair.AssertEchoAsync(socket);
        }

        await proxy.DisposeAsync();
        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync(Chain, door.EndPoint));

        Assert.Single(door.Connections);
        await pair.Log.WaitForAsync(line => line.Contains("hop 1 (obfs4)", StringComparison.Ordinal), "a failure that names the hop");
    }

    [Fact]
    public async Task Open_ProxyRefusesTheTarget_IsReported()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        proxy.RefuseTargets = true;
        await using ChainPair pair = await StartAsync(proxy, "socks5", "");

        SocksRefusedException refused = await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync(Chain));

        Assert.NotEqual(0, refused.Code);
        string line = await pair.Log.WaitForAsync(
            line => line.Contains("outside connection: proxy refused", StringComparison.Ordinal), "the cause");
        Assert.Contains("upstream proxy", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ProgramTakesNoProxy_IsNotUsedAtTheWire()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        string plaitrc = Plaitrc.WithDummy("--proxy-error", "");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["obfs4", "plain", "plain_obfs4"], WithProxy(proxy, "socks5"));

        var failed = Assert.IsType<ChainStart.Failed>(pair.Client.Chains.Single(chain => chain.Alias == "plain"));
        Assert.Contains("proxy", failed.Failure.ToString(), StringComparison.Ordinal);
        foreach (string chain in new[] { "obfs4", "plain_obfs4" })
        {
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket);
        }

        Assert.All(proxy.Requests, request => Assert.NotEqual(pair.BridgeChain("plain").EndPoint.ToString(), request.Target));
    }

    private static Task<ChainPair> StartAsync(RecordingProxy proxy, string scheme, string joint) =>
        ChainPair.StartAsync(Plaitrc.Obfs4Proxy(joint), [Chain], WithProxy(proxy, scheme));

    private static Func<ClientEnvironment, ClientEnvironment> WithProxy(RecordingProxy proxy, string scheme) => environment =>
    {
        // Literally, as tor writes it (E23): not percent-encoded.
        Assert.True(UpstreamProxy.TryParse(Uri.UnescapeDataString(proxy.Uri(scheme)), out UpstreamProxy? upstream, out string? error), error);
        return environment with { Proxy = upstream };
    };
}
