using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>On a bridge the transport at the wire listens on the public address itself (G12).</summary>
public sealed class WireListenerTests : IDisposable
{
    private readonly TestFolder _state = new();
    private readonly Recorded<string> _log = new("log lines");

    public void Dispose() => _state.Dispose();

    [Theory]
    [InlineData("", "obfs4proxy")]
    [InlineData("ServerTransportWire * plait", null)]
    public async Task PublicSocket_WhoListens_OwnsIt(string wire, string? program)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await StartAsync(Plaitrc.Obfs4Proxy(wire), "obfs3_obfs4", new(IPAddress.Loopback, 0), tor);
        int port = Listening(bridge).EndPoint.Port;
        int[] programs = [.. bridge.Processes.Select(process => process.Running!.Process.Id)];

        string owner = await OwnerOfAsync(port);

        Assert.Equal(program is not null, programs.Any(id => owner.Contains($"pid={id},", StringComparison.Ordinal)));
        Assert.Equal(program is null, owner.Contains($"pid={Environment.ProcessId},", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ServerTransportWire * plait")]
    public async Task Listen_AnyAddressOfIPv6_TakesBothFamilies(string wire)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await StartAsync(Plaitrc.Obfs4Proxy(wire), "obfs2", new(IPAddress.IPv6Any, 0), tor);
        foreach (IPAddress address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(new IPEndPoint(address, Listening(bridge).EndPoint.Port));
            Assert.NotEmpty(await client.ReadExactlyAsync(16).Within("the seed that obfs2 sends")); // its program has the connection
        }
    }

    /// <summary>A loopback address that a transport reports which all of the network can reach is a program's in between, and no client's.</summary>
    [Fact]
    public async Task ReportsAnAddressOfThisMachine_AndListensForTheNetwork_AddressIsAbsent()
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await StartAsync(Plaitrc.WithDummy("", ""), "plain", new(IPAddress.Any, 0), tor);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Listening(bridge).EndPoint.Port));
        await PtPair.AssertEchoAsync(client);
        Assert.Null(Assert.Single(tor.Introductions).UserAddress);
    }

    [Fact]
    public async Task Restart_PortLeftOpen_IsThatOfTheFirstStart()
    {
        var ports = new List<int>();
        for (int start = 0; start < 2; start++)
        {
            await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
            await using ServerHost bridge = await StartAsync(Plaitrc.WithDummy("", ""), "plain", new(IPAddress.Loopback, 0), tor);
            IPEndPoint address = Listening(bridge).EndPoint;
            ports.Add(address.Port);
            int child = Assert.Single(bridge.Processes).Running!.Process.Id;
            Process.GetProcessById(child).Kill();
            await Deadline.PollAsync(
                () => Assert.Single(bridge.Processes).Running is { Process.Id: var id } && id != child ? "runs" : null, "it runs again", details: _log.Tail);
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(address);
            await PtPair.AssertEchoAsync(client);
        }

        Assert.Equal(ports[0], ports[1]);
    }

    /// <summary>As under tor: the port is free meanwhile, and a program above 1023 may be unlucky. It is told, and tried again.</summary>
    [Fact]
    public async Task ChildIsDown_PortIsTakenByAnother_RefusesAndComesBack()
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await StartAsync(
            Plaitrc.Obfs4Proxy($"ServerTransportPlugin plain exec {WriteGated()}") + "RestartDelayMin 300 msec\nRestartDelayMax 300 msec\n",
            "plain", new(IPAddress.Loopback, 0), tor);
        IPEndPoint address = Listening(bridge).EndPoint;
        int child = Assert.Single(bridge.Processes).Running!.Process.Id;
        CloseGate();

        Process.GetProcessById(child).Kill();
        await Deadline.PollAsync(() => Assert.Single(bridge.Processes).Running is null ? "down" : null, "it is down", details: _log.Tail);
        using (var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            SocketException refused = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(address));
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        }

        using (var another = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            another.Bind(address);
            another.Listen();
            OpenGate();
            await _log.WaitForAsync(line => line.Contains("could not be started", StringComparison.Ordinal), "that it could not listen");
        }

        await _log.WaitForAsync(line => line.Contains("gated runs now", StringComparison.Ordinal), "that it is back");
        using var after = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await after.ConnectAsync(address);
        await PtPair.AssertEchoAsync(after);
    }

    /// <summary>With Plait's own listener, and with a wire hop inside Plait: refused as well, and the port stays taken.</summary>
    [Theory]
    [InlineData("plain", "ServerTransportWire * plait")]
    [InlineData("plain_dummy", "")]
    public async Task ChildIsDown_PlaitListens_PortRefusesAndStaysTakenAndComesBack(string chain, string wire)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await StartAsync(
            Plaitrc.Obfs4Proxy($"ServerTransportPlugin plain exec {WriteGated()}", wire), chain, new(IPAddress.Loopback, 0), tor);
        IPEndPoint address = Listening(bridge).EndPoint;
        int child = Assert.Single(bridge.Processes).Running!.Process.Id;
        CloseGate();

        Process.GetProcessById(child).Kill();
        await Deadline.PollAsync(() => Refuses(address) ? "refuses" : null, "it refuses", details: _log.Tail);
        using (var another = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            SocketException taken = Assert.Throws<SocketException>(() => another.Bind(address)); // .NET's bind allows reuse of addresses
            Assert.Equal(SocketError.AddressAlreadyInUse, taken.SocketErrorCode);
        }

        OpenGate();
        await _log.WaitForAsync(line => line.Contains("gated runs again", StringComparison.Ordinal), "that it is back");
        await Deadline.PollAsync(() => Refuses(address) ? null : "listens", "it listens again", details: _log.Tail);
        using var after = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await after.ConnectAsync(address);
        await PtPair.AssertEchoAsync(after);
    }

    /// <summary>The first-byte gate stands between two hops. Here is one, and a service that speaks first.</summary>
    [Fact]
    public async Task OneHop_ServiceSpeaksFirst_IsHeardAtOnce()
    {
        await using var service = new LoopbackListener(async (socket, stop) =>
        {
            await socket.WriteAllAsync("220 ready\r\n"u8.ToArray(), stop);
            await socket.CopyToAsync(socket, stop);
        });
        string plaitrc = Plaitrc.WithDummy("", "", more: "FirstByteHold 600 seconds");
        await using ServerHost bridge = await Hosts.StartBridgeAsync(Settings(plaitrc), _state.Path, ["plain"], service.EndPoint);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(Listening(bridge).EndPoint);

        byte[] greeting = await client.ReadExactlyAsync(11).Within("the greeting");

        Assert.Equal("220 ready\r\n", Encoding.ASCII.GetString(greeting));
    }

    [Fact]
    public async Task Interrupt_ConnectionIsOpen_ListenerClosesAndItGoesOn()
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await StartAsync(Plaitrc.Obfs4Proxy(), "obfs2", new(IPAddress.Loopback, 0), tor);
        await using ClientHost client = await Hosts.StartClientAsync(Settings(Plaitrc.Obfs4Proxy()), _state.Path, ["obfs2"]);
        IPEndPoint address = Listening(bridge).EndPoint;
        using Socket open = await SocksClient.ConnectAsync(((ChainStart.Listening)client.Chains[0]).EndPoint, address);
        await PtPair.AssertEchoAsync(open);

        bridge.StopAccepting();

        await Deadline.PollAsync(() => Refuses(address) ? "refuses" : null, "the listener is closed", details: _log.Tail);
        await PtPair.AssertEchoAsync(open);
        Assert.False(bridge.WhenIdleAsync().IsCompleted);
        open.Dispose();
        await bridge.WhenIdleAsync().Within("the last connection has ended");
    }

    /// <summary>
    /// In the version before, one process served all positions, and Plait listened. Bridge lines that were handed out then go on to work:
    /// each process begins with the whole state of the old one.
    /// </summary>
    [Fact]
    public async Task Start_Upgraded_BridgeLinesOfTheVersionBeforeWork()
    {
        string[] chains = ["obfs3_obfs4", "obfs4_obfs4"];
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        var before = new Dictionary<string, ChainStart.Listening>();
        await using (ServerHost old = await StartAsync(Plaitrc.Obfs4Proxy(Plaitrc.InFront), chains, _ => new(IPAddress.Loopback, 0), tor))
        {
            Assert.Single(old.Processes);
            foreach (ChainStart.Listening chain in old.Chains.Cast<ChainStart.Listening>())
            {
                before.Add(chain.Alias, chain);
            }
        }

        await using ServerHost bridge = await StartAsync(Plaitrc.Obfs4Proxy(), chains, chain => before[chain].EndPoint, tor);
        await using ClientHost client = await Hosts.StartClientAsync(Settings(Plaitrc.Obfs4Proxy()), _state.Path, chains);
        foreach ((string chain, ChainStart.Listening line) in before)
        {
            ChainStart.Listening now = bridge.Chains.OfType<ChainStart.Listening>().Single(start => start.Alias == chain);
            Assert.Equal((line.EndPoint, line.Arguments), (now.EndPoint, now.Arguments));
            using Socket socket = await Hosts.OpenAsync(client.Chains.Single(start => start.Alias == chain), line);
            await PtPair.AssertEchoAsync(socket, 100_000);
        }
    }

    private string Gate => _state["gate"];

    /// <summary>A program that starts only while its gate is open, so that a child stays down for as long as the test needs. It is open at first.</summary>
    private string WriteGated()
    {
        OpenGate();
        return _state.WriteScript("gated", $"while ! test -e {Gate}; do sleep 0.05; done; exec {Programs.DummyTransport}");
    }

    private void OpenGate() => File.WriteAllText(Gate, "");

    private void CloseGate() => File.Delete(Gate);

    private static bool Refuses(IPEndPoint address)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect(address);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    private static async Task<string> OwnerOfAsync(int port)
    {
        using var ss = Process.Start(new ProcessStartInfo("ss", ["-Hltnp", "sport", "=", $":{port}"]) { RedirectStandardOutput = true })!;
        string text = await ss.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.NotEmpty(text);
        return text;
    }

    private static ChainStart.Listening Listening(ServerHost bridge) => Assert.IsType<ChainStart.Listening>(Assert.Single(bridge.Chains));

    private HostSettings Settings(string plaitrc) => Hosts.Settings(plaitrc, new ChainPair.RecordingLogger(_log));

    private Task<ServerHost> StartAsync(string plaitrc, string chain, IPEndPoint address, ExtOrPortDouble tor) =>
        StartAsync(plaitrc, [chain], _ => address, tor);

    private Task<ServerHost> StartAsync(string plaitrc, string[] chains, Func<string, IPEndPoint> addressOf, ExtOrPortDouble tor) =>
        Hosts.StartBridgeAsync(Settings(plaitrc), _state.Path, chains, tor, addressOf);
}
