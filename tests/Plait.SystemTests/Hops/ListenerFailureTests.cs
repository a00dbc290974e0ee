using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Addresses;

namespace Plait.SystemTests.Hops;

/// <summary>SOCKS programs and tunnels that do not do what they were told: each a reason in a sentence, and the other chain works.</summary>
public sealed class ListenerFailureTests : IDisposable
{
    private const string Correct = "; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said";
    private const string PutListen = "; put {listen}, or {listen-host} and {listen-port}, where its command line takes them";

    private readonly TestFolder _folder = new();

    /// <summary>A script, and what is said of it. {0} stands for how the program is called.</summary>
    public static TheoryData<string, string> Scripts => new()
    {
        { "echo no such user >&2; exit 3", "launch: exited: {0} ended with exit code 3 before it listened; it said: no such user" + Correct },
        { "exit 0", "launch: exited: {0} ended with exit code 0 before it listened, and said nothing; run it by hand to see why: " },
        { "kill -9 $$", "launch: exited: {0} ended with signal 9 before it listened, and said nothing; run it by hand to see why: " },
        { "exec sleep 600", "negotiation: timed out: {0} did not listen where it was told to within 4 s" + Correct },
        { "exec SOCAT TCP-LISTEN:0,bind=127.0.0.1 OPEN:/dev/null", "negotiation: argument wrong: {0} listens, and not at the address and port that it was told" + PutListen },
        { // one that any host could use
            "exec SOCAT TCP-LISTEN:$2,fork OPEN:/dev/null",
            "negotiation: argument wrong: {0} listens at all addresses of this machine, where others could use it, and was told one of loopback; "
                + "make it listen at {listen}, or at {listen-host}, in its plugin line of the plaitrc"
        },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task SocksProgram_Misbehaves_ItsChainRefusesWithTheReason(string script, string expected)
    {
        await using ClientHost client = await ClientAsync($"socks5 exec {Program(script)} {{listen-host}} {{listen-port}}");

        ChainFailure failure = Assert.IsType<ChainStart.Listening>(client.Chains[0]).Refusing!;
        AssertSays($"bad: hop 0 (bad), {expected}", failure);
        await AssertGoodWorksAsync(client);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Tunnel_Misbehaves_TheConnectionFailsWithTheReason(string script, string expected)
    {
        var recorder = new EventRecorder();
        await using ClientHost client = await ClientAsync($"tunnel exec {Program(script)} {{listen-host}} {{listen-port}} {{target}}", recorder);
        await using EchoServer echo = EchoServer.Start();

        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint, echo.EndPoint));

        AssertSays($"bad: hop 0 (bad), {expected}", (await recorder.WaitForAsync<PlaitEvent.ConnectionFailed>()).Failure);
        await AssertGoodWorksAsync(client);
        await Deadline.PollAsync(
            () => client.Counters is { Connections: 0, JointConnections: 0, Tickets: 0 } ? "" : null, "nothing is left", details: () => client.Counters.ToString());
    }

    /// <summary>The same on a bridge, where a tunnel is started with its chain. Before another hop, because at the wire it may listen at all addresses.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task TunnelOfABridge_Misbehaves_ItsChainRefusesWithTheReason(string script, string expected)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await BridgeAsync(
            $"tunnel exec {Program(script)} {{listen-host}} {{listen-port}} {{target}}", tor, _ => new(IPAddress.Loopback, 0), "bad_b64");

        ChainStart.Listening[] chains = [.. bridge.Chains.Select(Assert.IsType<ChainStart.Listening>)];
        AssertSays($"bad_b64: hop 0 (bad), {expected}", chains[0].Refusing!);
        Assert.Null(chains[1].Refusing);
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            await socket.ConnectAsync(chains[1].EndPoint);
            await PtPair.AssertEchoAsync(socket);
        }

        await Deadline.PollAsync(
            () => bridge.Counters is { Connections: 0, JointConnections: 0, Outstanding: 0 } && tor.Open == 0 ? "" : null,
            "nothing is left", details: () => bridge.Counters.ToString());
    }

    [Theory]
    [InlineData("socks5 exec")]
    [InlineData("tunnel exec")]
    [InlineData("sip003 exec")]
    public async Task Start_ProgramIsMissing_IsSaidAtTheStart(string form)
    {
        string missing = _folder["nowhere"];
        await using ClientHost client = await ClientAsync($"{form} {missing} {{listen}}{(form[0] == 't' ? " {target}" : "")}");

        ChainFailure failure = Assert.IsType<ChainStart.Listening>(client.Chains[0]).Refusing!;
        AssertSays($"bad: hop 0 (bad), launch: program missing: there is no file '{missing}'", failure);
        await AssertGoodWorksAsync(client);
    }

    [Fact]
    public async Task Bridge_PortIsTaken_IsSaid()
    {
        await using EchoServer taken = EchoServer.Start();
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await BridgeAsync(HopKind.Socat, tor, chain => chain == "bad" ? taken.EndPoint : new(IPAddress.Loopback, 0));

        AssertSays(
            $"bad: hop 0 (bad), launch: not permitted: socat cannot listen: another program has the port {taken.EndPoint.Port}; "
            + $"find and stop it: sudo ss -ltnp sport = :{taken.EndPoint.Port}",
            Assert.IsType<ChainStart.Listening>(bridge.Chains[0]).Refusing!); // its bridge line is known, and it comes to work by itself
        Assert.Null(Assert.IsType<ChainStart.Listening>(bridge.Chains[1]).Refusing);
    }

    [Fact]
    public async Task Bridge_PluginPlaysTheClient_IsRecognised()
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost bridge = await BridgeAsync($"sip003 exec {HopKind.V2Ray}", tor, _ => new(IPAddress.Loopback, 0));

        string failure = ((ChainStart.Failed)bridge.Chains[0]).Failure.Line.ToString();
        Assert.Contains("it plays the client, as it listens where it is to connect to; give it the option that makes it a server", failure, StringComparison.Ordinal);
        Assert.Null(Assert.IsType<ChainStart.Listening>(bridge.Chains[1]).Refusing);
    }

    /// <summary>G3: nothing goes around an upstream proxy. A tunnel goes through it, by Plait; a SOCKS program cannot.</summary>
    [Fact]
    public async Task Wire_WithUpstreamProxy_TunnelGoesThroughItAndASocksProgramIsRefused()
    {
        await using EchoServer echo = EchoServer.Start();
        await using RecordingProxy proxy = RecordingProxy.Start();
        HostSettings settings = Hosts.Settings(
            $"ClientTransportPlugin hop {HopKind.Socat}\nClientTransportPlugin bare socks5 exec {HopKind.MicroSocks}\n{Plaitrc.Patient}\n");
        await using ClientHost client = await Hosts.StartClientAsync(
            settings, _folder["state"], ["hop", "bare"],
            environment => environment with { Proxy = UpstreamProxy.TryParse(proxy.Uri(), out UpstreamProxy? parsed, out _) ? parsed : null });

        using Socket socket = await SocksClient.ConnectAsync(Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint, echo.EndPoint);
        await PtPair.AssertEchoAsync(socket);
        Assert.Equal([echo.EndPoint.ToString()], proxy.Requests.Select(request => request.Target));
        AssertSays(
            "bare: hop 0 (bare), launch: proxy refused: tor has an upstream proxy set, and bare would go around it: it is a SOCKS program, which does not let Plait dial",
            Assert.IsType<ChainStart.Failed>(client.Chains[1]).Failure);
    }

    private static void AssertSays(string expected, ChainFailure failure) =>
        Assert.StartsWith(expected.Replace("{0}", "program", StringComparison.Ordinal), failure.Line.ToString(), StringComparison.Ordinal);

    private static async Task AssertGoodWorksAsync(ClientHost client)
    {
        await using EchoServer echo = EchoServer.Start();
        using Socket socket = await SocksClient.ConnectAsync(
            Assert.IsType<ChainStart.Listening>(client.Chains.Single(chain => chain.Alias == "dummy")).EndPoint, echo.EndPoint);
        await PtPair.AssertEchoAsync(socket);
    }

    private string Program(string script) => _folder.WriteScript("program", script.Replace("SOCAT", Programs.Require("socat"), StringComparison.Ordinal));

    private Task<ClientHost> ClientAsync(string rest, EventRecorder? recorder = null) => Hosts.StartClientAsync(
        Hosts.Settings($"ClientTransportPlugin bad {rest}\nStartTimeout 4 seconds\n{Plaitrc.Patient}\n") with { Observer = recorder },
        _folder["state"], ["bad", "dummy"]);

    private Task<ServerHost> BridgeAsync(string rest, ExtOrPortDouble tor, Func<string, IPEndPoint> addressOf, string chain = "bad") => Hosts.StartBridgeAsync(
        Hosts.Settings($"ServerTransportPlugin bad {rest}\nStartTimeout 4 seconds\n{Plaitrc.Patient}\n"), _folder["state"], [chain, "dummy"], tor, addressOf);
}
