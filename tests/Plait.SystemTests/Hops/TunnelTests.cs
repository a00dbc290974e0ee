using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Lifecycle;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Hops;

/// <summary>Tunnels and SIP003 plugins of Debian as hops of both sides.</summary>
public sealed class TunnelTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static string Socat => $"ClientTransportPlugin hop {HopKind.Socat}\nServerTransportPlugin hop {HopKind.Socat}";

    private static string SimpleObfs =>
        $"ClientTransportPlugin hop sip003 options=obfs=http;obfs-host=www.example.com exec {Programs.Require("obfs-local")}\n"
        + $"ServerTransportPlugin hop sip003 exec {Programs.Require("obfs-server")}\nServerTransportOptions hop obfs=http";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_SocatAnywhereInAChain_CarriesBytesWithoutAClientAddress()
    {
        string[] chains = ["hop", "hop_obfs4", "obfs4_hop", "obfs3_hop_obfs4", "hop_hop"];
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Socat), chains);

        await pair.AssertEchoesAsync(chains);

        Assert.All(pair.Tor.Introductions, introduction => Assert.Null(introduction.UserAddress)); // nothing is guessed (G1)
        Assert.Equal(0, pair.Client.Counters.Leaks);
        await pair.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Open_OneDirectionEnds_TheOtherGoesOn()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Socat), ["hop_hop"]);
        byte[] sent = new byte[300_000];
        Random.Shared.NextBytes(sent);
        using Socket socket = await pair.OpenAsync("hop_hop");
        await socket.WriteAllAsync(sent[..^1000]);
        await socket.WriteAllAsync(sent.AsMemory(sent.Length - 1000));
        socket.Shutdown(SocketShutdown.Send);

        Assert.Equal(sent, await socket.ReadToEndAsync().Within("everything comes back, and then the end"));
    }

    /// <summary>Many at once through one process of each tunnel: each gets its own bytes.</summary>
    [Fact]
    public async Task Open_ManyAtOnce_EachGetsItsOwnBytes()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Socat), ["hop_obfs4"]);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using Socket socket = await pair.OpenAsync("hop_obfs4");
            await PtPair.AssertEchoAsync(socket, 20_000);
        }));

        Assert.Equal(2, pair.Client.Processes.Count()); // obfs4proxy, and one socat for all of them
        await pair.WaitForNothingLeftAsync();
    }

    /// <summary>Shadowsocks with simple-obfs, as its users have it, on top of a chain in which simple-obfs is a hop too.</summary>
    [Fact]
    public async Task Open_SimpleObfsBetweenTwoTransports_CarriesShadowsocks()
    {
        const string Chain = "obfs3_hop_obfs4";
        await using EchoServer echo = EchoServer.Start();
        (int server, int local) = (FreePorts.Take(), FreePorts.Take());
        await using RunningProgram ssServer = RunningProgram.Start(
            Programs.Require("ss-server"), ["-s", "127.0.0.1", "-p", $"{server}", "-k", "a-password", "-m", "aes-256-gcm"]);
        await ListensAsync(server);
        HostSettings settings = Hosts.Settings(Plaitrc.Obfs4Proxy(SimpleObfs));
        await using ServerHost bridge = await Hosts.StartBridgeAsync(settings, _folder["bridge"], [Chain], new IPEndPoint(IPAddress.Loopback, server));
        await using ClientHost client = await Hosts.StartClientAsync(settings, _folder["client"], [Chain]);
        var there = Assert.IsType<ChainStart.Listening>(bridge.Chains.Single());

        // ss-local wants an address for its server: a forwarder of these tests opens the chain for each connection.
        await using var door = new LoopbackListener(async (peer, stop) =>
        {
            using Socket chain = await Hosts.OpenAsync(client.Chains.Single(), there);
            await Task.WhenAll(peer.CopyToAsync(chain, stop), chain.CopyToAsync(peer, stop));
        });
        await using RunningProgram ssLocal = RunningProgram.Start(
            Programs.Require("ss-local"),
            ["-s", "127.0.0.1", "-p", $"{door.EndPoint.Port}", "-b", "127.0.0.1", "-l", $"{local}", "-k", "a-password", "-m", "aes-256-gcm"]);
        await ListensAsync(local);

        for (int i = 0; i < 3; i++)
        {
            using Socket socket = await SocksClient.ConnectAsync(new(IPAddress.Loopback, local), echo.EndPoint);
            await PtPair.AssertEchoAsync(socket, 50_000);
        }
    }

    [Theory]
    [InlineData("obfs4_hop")]
    [InlineData("hop_obfs4")]
    public async Task Open_V2Ray_CarriesBytes(string chain)
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(
            $"ClientTransportPlugin hop sip003 exec {HopKind.V2Ray}",
            $"ServerTransportPlugin hop sip003 options=server exec {HopKind.V2Ray}",
            "ServerTransportOptions hop path=/a;b",
            "Profile p x-chain-0-path=/a;b",
            "Profile p x-chain-1-path=/a;b"), [chain]);
        int hop = chain.StartsWith("hop", StringComparison.Ordinal) ? 0 : 1;
        string[] arguments = [.. pair.BridgeChain(chain).Arguments.Select(argument => $"{argument.Key}={argument.Value}"), $"x-chain-{hop}-path=/a;b"];

        var open = new List<Socket>();
        for (int i = 0; i < 3; i++) // its client may carry all of them in one connection, unless it is told mux=0 (Q22)
        {
            open.Add(await SocksClient.ConnectAsync(pair.Socks(chain), pair.BridgeChain(chain).EndPoint, arguments));
            await PtPair.AssertEchoAsync(open[^1], 50_000);
        }

        open[0].Dispose();
        await PtPair.AssertEchoAsync(open[1]);
        await PtPair.AssertEchoAsync(open[2]);
        open.ForEach(socket => socket.Dispose());
    }

    /// <summary>HAProxy as a tunnel that sends the PROXY protocol: the client's address is exact, at the wire and behind another hop.</summary>
    [Theory]
    [InlineData("send-proxy", "hop")]
    [InlineData("send-proxy-v2", "hop")]
    [InlineData("send-proxy", "hop_obfs4")]
    [InlineData("send-proxy-v2", "obfs3_hop_obfs4")]
    public async Task Open_ProxyHeader_ClientAddressIsExact(string form, string chain)
    {
        string configuration = _folder.Write("haproxy.cfg",
            $"""
            defaults
                mode tcp
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            listen hop
                bind "$HOP_LISTEN"
                server joint "$HOP_TARGET" {form}

            """);
        string script = _folder.WriteScript("hop", $"HOP_LISTEN=$1 HOP_TARGET=$2 exec {Programs.Require("haproxy")} -db -f {configuration}");
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(
            $"ClientTransportPlugin hop {HopKind.Socat}",
            $"ServerTransportPlugin hop tunnel proxy-protocol exec {script} {{listen}} {{target}}"), [chain], tellsAddress: true);
        await using SourceAddressForwarder door = SourceAddressForwarder.Start(pair.BridgeChain(chain).EndPoint, IPAddress.Parse("127.30.0.9"));

        using Socket socket = await pair.OpenAsync(chain, door.EndPoint);
        await socket.WriteAllAsync("x"u8.ToArray());
        Assert.Equal((byte)'1', (await socket.ReadExactlyAsync(1).Within("the far end answers"))[0]);

        Assert.Equal(door.Connections.First().Source.ToString(), Assert.Single(pair.Tor.Introductions).UserAddress);
    }

    [Fact]
    public async Task Open_EachTargetAndSetOfArguments_HasAProcessWithinTheLimit()
    {
        await using EchoServer one = EchoServer.Start(), two = EchoServer.Start(), three = EchoServer.Start();
        string program = _folder.WriteScript("tunnel", $"exec {Programs.Require("socat")} TCP-LISTEN:$1,bind=127.0.0.1,fork TCP:$2");
        await using ClientHost client = await ClientAsync(
            $"ClientTransportPlugin hop tunnel exec {program} {{listen-port}} {{target}} {{arg:name}}\nMaxTunnels 2\nTunnelIdleTimeout 1 minutes");

        Socket first = await OpenAsync(client, one.EndPoint, "name=a", "other=1");
        using (await OpenAsync(client, one.EndPoint, "name=a", "other=2"))
        {
            Assert.Single(client.Processes);
        }

        Socket second = await OpenAsync(client, two.EndPoint, "name=a");
        await Assert.ThrowsAsync<SocksRefusedException>(() => OpenAsync(client, three.EndPoint, "name=a"));
        Assert.Equal(2, client.Processes.Count());
        first.Dispose();
        await Deadline.PollAsync(() => client.Counters.Connections == 1 ? "" : null, "the first is over");

        using (Socket third = await OpenAsync(client, three.EndPoint, "name=a")) // in the place of the one that is idle
        {
            await PtPair.AssertEchoAsync(third);
        }

        await PtPair.AssertEchoAsync(second);
        second.Dispose();
        SocksRefusedException missing = await Assert.ThrowsAsync<SocksRefusedException>(() => OpenAsync(client, one.EndPoint));
        Assert.Equal(2, missing.Code); // not allowed: no retry helps
    }

    [Fact]
    public async Task Idle_TunnelWithoutConnections_IsStopped()
    {
        await using EchoServer echo = EchoServer.Start();
        await using ClientHost client = await ClientAsync($"ClientTransportPlugin hop {HopKind.Socat}\nTunnelIdleTimeout 50 msec");
        using (Socket socket = await OpenAsync(client, echo.EndPoint))
        {
            await PtPair.AssertEchoAsync(socket);
        }

        await Deadline.PollAsync(() => client.Processes.Any() ? null : "", "the tunnel is stopped");
        using Socket again = await OpenAsync(client, echo.EndPoint);
        await PtPair.AssertEchoAsync(again);
    }

    [Fact]
    public async Task Open_TunnelIsStopped_IsReportedAndReplaced()
    {
        var log = new Recorded<string>("log lines");
        await using EchoServer echo = EchoServer.Start();
        await using ClientHost client = await Hosts.StartClientAsync(
            Hosts.Settings($"ClientTransportPlugin hop {HopKind.Socat}\nHandshakeTimeout 1 seconds\n{Plaitrc.Patient}\n", new ChainPair.RecordingLogger(log)),
            _folder["state"], ["hop"]);
        using Socket open = await OpenAsync(client, echo.EndPoint);
        await PtPair.AssertEchoAsync(open);
        int child = client.Processes.Single().Running!.Process.Id;
        Assert.Equal(0, await RunningProgram.Start("/bin/kill", ["-STOP", $"{child}"]).Exited);

        using Socket waiting = await OpenAsync(client, echo.EndPoint); // the system takes it for the program

        await log.WaitForAsync(line => line.Contains("socat hangs: it has not accepted a connection on its own port for 1 s", StringComparison.Ordinal), "the reason");
        await log.WaitForAsync(line => line.Contains("socat runs again", StringComparison.Ordinal), "its successor");
        using Socket after = await OpenAsync(client, echo.EndPoint);
        await PtPair.AssertEchoAsync(after);
    }

    [Fact]
    public async Task Open_TunnelOfABridgeIsKilled_IsBackAtItsAddress()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Socat, Plaitrc.BackSoon), ["obfs4_hop"]);
        for (int kill = 0; kill < Victims.KillsOr(2); kill++)
        {
            await pair.AssertEchoesAsync("obfs4_hop");
            int id = Tunnel()!.Value;
            new Victim(0, "", id, 0).Kill();
            await Deadline.PollAsync(() => Tunnel() is { } now && now != id ? "" : null, "the tunnel runs again");
        }

        await pair.AssertEchoesAsync("obfs4_hop");
        await pair.WaitForNothingLeftAsync();

        int? Tunnel() => pair.Bridge.Processes.Single(process => process.Name.ToString() == "socat").Running?.Process.Id;
    }

    private static Task<Socket> OpenAsync(ClientHost client, EndPoint target, params string[] arguments) => SocksClient.ConnectAsync(
        Assert.IsType<ChainStart.Listening>(client.Chains.Single()).EndPoint, target, arguments);

    private static Task ListensAsync(int port) => Deadline.PollAsync(
        () => System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port) ? "" : null,
        "the program listens");

    private Task<ClientHost> ClientAsync(string plaitrc) =>
        Hosts.StartClientAsync(Hosts.Settings($"{plaitrc}\n{Plaitrc.Patient}\n"), _folder["state"], ["hop"]);
}
