using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Addresses;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.Chains;

/// <summary>Who dials the network for a client's wire hop: its program, or Plait.</summary>
public sealed class ClientWireTests : IDisposable
{
    private readonly TestFolder _state = new();
    private readonly EventRecorder _recorder = new();

    [Fact]
    public async Task IndirectAtTheWire_WithAProxy_UsesItItself()
    {
        await using EchoServer front = EchoServer.Start();
        await using RecordingProxy proxy = RecordingProxy.Start("user", "secret word");
        await using ClientHost client = await StartAsync(
            $"ClientTransportPlugin meek_lite exec {Programs.Require("obfs4proxy")}", ["meek_lite"], environment => environment with { Proxy = Upstream(proxy) });

        using Socket socket = await OpenAsync(client, "meek_lite", new(IPAddress.Parse("192.0.2.1"), 443), $"url=http://{front.EndPoint}/");
        await socket.WriteAllAsync(new byte[] { 42 });

        await front.Accepted.WaitForCountAsync(1);
        Assert.Equal(front.EndPoint.ToString(), Assert.Single(proxy.Requests.Snapshot().Select(request => request.Target).Distinct()));
        await AssertDialsItselfAsync(client);
    }

    [Fact]
    public async Task IndirectAtTheWire_WithABindAddress_IsRefused()
    {
        await using ClientHost client = await StartAsync(
            $"ClientTransportPlugin meek_lite,obfs4 exec {Programs.Require("obfs4proxy")}", ["meek_lite", "obfs4_meek_lite", "obfs4"],
            environment => environment with { OutboundBindAddressV4 = IPAddress.Parse("127.0.0.9") });

        foreach (ChainStart start in client.Chains.Take(2))
        {
            ChainFailure failure = Assert.IsType<ChainStart.Failed>(start).Failure;
            Assert.Equal("meek_lite", failure.Transport);
            Assert.Contains("OutboundBindAddress", failure.ToString(), StringComparison.Ordinal);
            Assert.Contains("obfs4proxy is not known to use that address", failure.ToString(), StringComparison.Ordinal);
        }

        Assert.IsType<ChainStart.Listening>(client.Chains[2]); // Plait dials for it, and keeps the address
    }

    [Fact]
    public async Task IndirectAtTheWire_ThatTakesNoProxy_IsRefusedWithOne()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        await using ClientHost client = await StartAsync(
            $"ClientTransportPlugin plain exec {Programs.DummyTransport} --proxy-error\nIndirectTransport plain", ["plain"],
            environment => environment with { Proxy = Upstream(proxy) });

        ChainFailure failure = Assert.IsType<ChainStart.Failed>(client.Chains[0]).Failure;
        Assert.Equal(FailureCause.ProxyRefused, failure.Cause);
        Assert.Contains("would go around it", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ClientTransportWire plain self", JointKind.Direct)]
    [InlineData("ClientTransportWire * self", JointKind.Direct)]
    [InlineData("ClientTransportWire plain plait", JointKind.Proxy)]
    [InlineData("", JointKind.Proxy)]
    public async Task Wire_LineOfTheConfiguration_SaysWhoDials(string line, JointKind joint)
    {
        await using EchoServer far = EchoServer.Start();
        await using ClientHost client = await StartAsync(
            $"ClientTransportPlugin plain exec {Programs.DummyTransport}\n{line}", ["plain"]);

        using Socket socket = await OpenAsync(client, "plain", far.EndPoint);
        await PtPair.AssertEchoAsync(socket);

        var opened = await _recorder.WaitForAsync<PlaitEvent.ConnectionOpened>();
        Assert.Equal(joint, opened.Hops[0].Joint);
        Assert.Equal(joint == JointKind.Proxy ? 1 : 0, client.Counters.JointConnections);
    }

    [Fact]
    public async Task WireByItself_BesideAJoint_HasItsOwnProcessAndUsesTorsProxy()
    {
        await using RecordingProxy proxy = RecordingProxy.Start();
        string plaitrc = Plaitrc.WithDummy("", "", more: "ClientTransportWire plain self");
        await using ChainPair pair = await ChainPair.StartAsync(
            plaitrc, ["plain", "plain_obfs4"], environment => environment with { Proxy = Upstream(proxy) });

        using Socket wire = await pair.OpenAsync("plain");
        using Socket inner = await pair.OpenAsync("plain_obfs4");
        await PtPair.AssertEchoAsync(wire);
        await PtPair.AssertEchoAsync(inner);

        Assert.Equal(3, pair.Client.Counters.Processes);
        Assert.Equal(
            [pair.BridgeChain("plain").EndPoint.ToString(), pair.BridgeChain("plain_obfs4").EndPoint.ToString()],
            proxy.Requests.Snapshot().Select(request => request.Target));
    }

    [Fact]
    public async Task WireByPlait_ForAProgramThatTakesNoProxy_IsRefused()
    {
        await using ClientHost client = await StartAsync(
            $"ClientTransportPlugin plain exec {Programs.DummyTransport} --proxy-error\nClientTransportWire plain plait", ["plain"]);

        Assert.Equal(FailureCause.ProxyRefused, Assert.IsType<ChainStart.Failed>(client.Chains[0]).Failure.Cause);
    }

    public void Dispose() => _state.Dispose();

    private Task<ClientHost> StartAsync(
        string plaitrc, string[] chains, Func<ClientEnvironment, ClientEnvironment>? environment = null) =>
        Hosts.StartClientAsync(Hosts.Settings(plaitrc) with { Observer = _recorder }, _state.Path, chains, environment);

    private static Task<Socket> OpenAsync(ClientHost client, string chain, IPEndPoint target, params string[] arguments) => SocksClient.ConnectAsync(
        Assert.IsType<ChainStart.Listening>(client.Chains.Single(start => start.Alias == chain)).EndPoint, target, arguments);

    private static UpstreamProxy Upstream(RecordingProxy proxy)
    {
        Assert.True(UpstreamProxy.TryParse(Uri.UnescapeDataString(proxy.Uri("socks5")), out UpstreamProxy? upstream, out string? error), error);
        return upstream;
    }

    private async Task AssertDialsItselfAsync(ClientHost client)
    {
        var opened = await _recorder.WaitForAsync<PlaitEvent.ConnectionOpened>();
        Assert.Equal(JointKind.Direct, opened.Hops[^1].Joint);
        Assert.Equal(0, client.Counters.JointConnections);
    }
}
