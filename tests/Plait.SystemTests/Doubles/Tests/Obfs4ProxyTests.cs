using System.Net.Sockets;

namespace Plait.SystemTests.Doubles.Tests;

/// <summary>The doubles against a real transport: what they take for tor's behaviour, obfs4proxy takes too.</summary>
public class Obfs4ProxyTests
{
    [Theory]
    [InlineData("obfs3")]
    [InlineData("obfs4")]
    public async Task Obfs4Proxy_ClientAndServer_Echo(string name)
    {
        await using var pair = PtPair.Start(Programs.Require("obfs4proxy"), name);
        using Socket socket = await pair.OpenAsync();

        await PtPair.AssertEchoAsync(socket, 200_000);

        ExtOrPortIntroduction introduction = Assert.Single(pair.OrPort.Introductions);
        Assert.Equal(name, introduction.Transport);
        await pair.Client.WaitForDoneAsync();
        Assert.Equal(0, await pair.Client.CloseStdinAndWaitAsync());
    }

    [Fact]
    public async Task Obfs4Proxy_TwentyClientsAtOnce_EachKnownByItsOwnAddress()
    {
        await using var pair = PtPair.Start(Programs.Require("obfs4proxy"), "obfs4");
        PtMethod method = await pair.Server.MethodLine("obfs4");
        await using SourceAddressForwarder forwarder = SourceAddressForwarder.Start(method.EndPoint);

        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => pair.OpenAsync(forwarder.EndPoint)));
        await Task.WhenAll(sockets.Select(socket => PtPair.AssertEchoAsync(socket)));
        IEnumerable<string?> seen = (await pair.OrPort.Introductions.WaitForCountAsync(20)).Select(i => i.UserAddress);

        Assert.Equal(20, forwarder.Connections.Select(c => c.Source.Address).Distinct().Count());
        Assert.Equal(forwarder.Connections.Select(c => c.Source.ToString()).Order(), seen.Order());

        Array.ForEach(sockets, socket => socket.Dispose());
        await pair.OrPort.WaitForOpenAsync(0);
    }

    [Theory]
    [InlineData("socks5")]
    [InlineData("http")]
    public async Task UpstreamProxy_EachScheme_SeesTheTarget(string scheme)
    {
        await using RecordingProxy proxy = RecordingProxy.Start("us:er", "p@ss/w");
        await using var pair = PtPair.Start(Programs.Require("obfs4proxy"), "obfs4", proxy: proxy.Uri(scheme));
        await pair.Client.WaitForProxyDoneAsync();

        using Socket socket = await pair.OpenAsync();

        await PtPair.AssertEchoAsync(socket);
        ProxyRequest request = Assert.Single(proxy.Requests);
        Assert.Equal(new ProxyRequest(scheme, (await pair.Server.Method("obfs4")).ToString(), "us:er"), request);
    }

    [Fact]
    public async Task UpstreamProxy_Socks4_SeesTheTarget()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        await using var pair = PtPair.Start(Programs.Require("obfs4proxy"), "obfs4", proxy: proxy.Uri("socks4a"));

        using Socket socket = await pair.OpenAsync();

        await PtPair.AssertEchoAsync(socket);
        Assert.Equal((await pair.Server.Method("obfs4")).ToString(), Assert.Single(proxy.Requests).Target);
    }

    [Fact]
    public async Task UpstreamProxy_Stopped_RefusesTheConnection()
    {
        await using RecordingProxy proxy = RecordingProxy.Start("u", "p");
        await using var pair = PtPair.Start(Programs.Require("obfs4proxy"), "obfs4", proxy: proxy.Uri());
        await pair.Client.WaitForProxyDoneAsync();
        await proxy.StopAsync();

        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync());

        Assert.Empty(proxy.Requests);
        Assert.Empty(pair.OrPort.Introductions);
    }

    [Fact]
    public async Task ExtOrPort_Denies_ConnectionIsClosed()
    {
        await using var pair = PtPair.Start(Programs.Require("obfs4proxy"), "obfs4");
        pair.OrPort.Deny = true;

        using Socket socket = await pair.OpenAsync();

        Assert.Empty(await socket.ReadToEndAsync().Within("the end of a denied connection"));
        Assert.Single(pair.OrPort.Introductions);
    }
}
