using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>The ways in which a client's chain breaks, in the order of its stages.</summary>
internal static class ClientWays
{
    private const string Soon = "OpenTimeout 3 seconds";
    private const string Lazy = "LazyDialGrace 100 msec";
    private const string Proxied = "TOR_PT_PROXY";

    // What a SOCKS port says that grants whatever it is asked (RFC 1928).
    private static readonly byte[][] s_grants = [[5, 0], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]];

    private static readonly byte[] s_badRequest = [.. "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8];

    public static IReadOnlyList<Way> All { get; } =
    [
        // launch: the hop's program is started
        new("its program is gone", "plain_obfs4", 0, "launch", "program missing", "there is no file") { Reply = 1, Spoil = c => c.Vanish() },
        new("its program may not be started", "obfs4_plain", 1, "launch", "not permitted", "is not executable") { Reply = 1, Spoil = c => c.Forbid() },
        new("its program ends at its start", "obfs4_plain", 1, "launch", "exited", "ended during its start with exit code 3; it said: no luck") { Reply = 1, Spoil = c => c.Become("echo no luck >&2; exit 3") },
        new("its program is gone when it is started again", "obfs4_plain", 1, "launch", "program missing", "there is no file") { Reply = 1, Before = c => c.RestartAsync(_ => c.Vanish()) },
        new("it was killed and is not back yet", "plain_obfs4", 1, "launch", "exited", "ended with signal 9 and is being restarted") { Reply = 1, Plaitrc = "RestartDelayMin 1 minutes", Before = c => c.KillAsync("obfs4proxy") },

        // negotiation: the program's start
        new("its program never says that it is ready", "plain_obfs4", 0, "negotiation", "timed out", "said nothing within 5 s") { Reply = 1, Plaitrc = "StartTimeout 5 seconds", Spoil = c => c.Become("exec cat") },
        new("its program speaks another version", "obfs4_plain", 1, "negotiation", "protocol violated", "it speaks version '2'") { Reply = 1, Spoil = c => c.Become("echo VERSION 2; exec cat") },
        new("its program reports no address", "plain_obfs4", 0, "negotiation", "protocol violated", "it printed a bad CMETHOD line") { Reply = 1, Spoil = Dummy("--wrong-address") },
        new("its program dislikes its surroundings", "plain_obfs4", 0, "negotiation", "argument wrong", "it says ENV-ERROR no luck") { Reply = 1, Spoil = Dummy("--env-error 'no luck'") },
        new("its program refuses the transport when it is started again", "obfs4_plain", 1, "negotiation", "argument wrong", "no luck") { Reply = 1, Before = c => c.RestartAsync(Dummy("--method-error 'no luck'")) },
        new("its program refuses the proxy when it is started again", "plain_obfs4", 0, "negotiation", "proxy refused", "it says PROXY-ERROR") { Reply = 1, Before = c => c.RestartAsync(Dummy("--proxy-error")) },
        new("its program takes no notice of the proxy when it is started again", "obfs4_plain", 1, "negotiation", "proxy refused", "takes no notice of TOR_PT_PROXY") { Reply = 1, Before = c => c.RestartAsync(Dummy("--proxy-silent")) },

        // dial: the transport's own port
        new("its port refuses", "plain_obfs4", 0, "dial", "refused", "own SOCKS port does not answer") { Reply = 5, Spoil = At(c => c.Ports.Refuses()) },
        new("its port refuses, behind another hop", "obfs4_plain", 1, "dial", "refused", "own SOCKS port does not answer") { Reply = 5, Spoil = At(c => c.Ports.Refuses()) },
        new("its port takes no connection", "plain_obfs4", 0, "dial", "timed out", "waiting for the transport's own port") { Reply = 6, Plaitrc = Soon, Spoil = At(c => c.Ports.Full()) },
        new("its port takes no connection, behind another hop", "obfs4_plain", 1, "dial", "timed out", "waiting for the transport's own port") { Reply = 6, Plaitrc = Soon, Spoil = At(c => c.Ports.Full()) },
        new("a program that Plait does not start is not there", "plain_obfs4", 0, "dial", "refused", "own SOCKS port does not answer") { Reply = 5, Plaitrc = "ClientTransportPlugin plain socks5 PROXY", Before = c => c.Proxy.StopAsync() },
        new("the bridge line names no profile that there is", "plain_obfs4", null, "dial", "argument wrong", "nosuch") { Reply = 2, Arguments = _ => ["x-chain-profile=nosuch"] },

        // grant: the transport's answer
        new("it says general failure", "plain_obfs4", 0, "grant", "argument wrong", "refused its arguments without dialling") { Reply = 2, Spoil = Dummy("--refuse 1") },
        new("it says not allowed", "obfs4_plain", 1, "grant", "not permitted", "the server refused") { Reply = 1, Spoil = Dummy("--refuse 2") },
        new("it says unreachable", "plain_obfs4", 0, "grant", "unreachable", "the server refused") { Reply = 4, Spoil = Dummy("--refuse 3") },
        new("it says TTL expired", "obfs4_plain", 1, "grant", "timed out", "the server refused") { Reply = 6, Spoil = Dummy("--refuse 6") },
        new("it says command not supported", "plain_obfs4", 0, "grant", "protocol violated", "the server refused") { Reply = 1, Spoil = Dummy("--refuse 7") },
        new("it does not speak SOCKS", "plain_obfs4", 0, "grant", "protocol violated", "does not speak SOCKS5") { Reply = 1, Spoil = At(c => c.Ports.Talks([.. "HTTP/1.1 400 Bad Request\r\n\r\n"u8])) },
        new("it cannot read its arguments", "obfs4_plain", 1, "grant", "argument wrong", "refused the credentials or arguments") { Reply = 2, Spoil = At(c => c.Ports.Answers([5, 2], [1, 1])), Arguments = arguments => [.. arguments, "x-chain-1-key=value"] },
        new("it hangs up instead of answering", "obfs4_plain", 1, "grant", "reset", "closed the connection") { Reply = 1, Spoil = At(c => c.Ports.HangsUp()) },
        new("it dies of the connection", "plain_obfs4", 0, "grant", "exited", "ended with exit code 70") { Reply = 1, Spoil = Dummy("--crash-after 1") },
        new("it dies of the connection, behind another hop", "obfs4_plain", 1, "grant", "exited", "ended with exit code 70") { Reply = 1, Spoil = Dummy("--crash-after 1") },
        new("its program hangs", "plain_obfs4", 0, "grant", "timed out", "the transport's program hangs") { Reply = 6, Plaitrc = "HandshakeTimeout 2 seconds", Spoil = At(c => c.Ports.Silent()) },
        new("it never answers", "obfs4_plain", 1, "grant", "timed out", "it was waiting for") { Reply = 6, Plaitrc = Soon, Spoil = Dummy("--never-reply") },
        new("obfs4: the bridge is silent", "plain_obfs4", 1, "grant", "timed out", "check the cert of this hop in the bridge line (x-chain-1-cert) or in its Profile, and this machine's date and time; if they are right") { Reply = 6, Plaitrc = Soon, Target = c => c.Ports.Silent() },
        new("obfs4: the bridge line has no cert", "obfs4_plain", 0, "grant", "argument wrong", "cert is missing: obfs4 needs it") { Reply = 2, Arguments = _ => [] },
        new("obfs4: killed in its handshake", "plain_obfs4", 1, "grant", "exited", "obfs4proxy ended with signal 9") { Reply = 1, Target = c => c.Ports.Silent(c.Reached), During = KillWhenReached },

        // joint: the way to the next hop
        new("it dials something else", "plain_obfs4", 0, "joint", "leak refused", "dialled something else") { Reply = 2, Spoil = Dummy("--dial 192.0.2.1:9") },
        new("it dials something else at the wire", "obfs4_plain", 1, "joint", "leak refused", "dialled something else") { Reply = 2, Spoil = Dummy("--dial 192.0.2.1:9") },
        new("it grants, and dials something else", "plain_obfs4", 0, "joint", "leak refused", "dialled something else") { Plaitrc = Lazy, Spoil = Dummy("--early-grant --dial 192.0.2.1:9"), AfterGrant = WaitForEnd },
        new("it grants, and never dials", "plain_obfs4", 0, "joint", "timed out", "accepted the connection and never passed it on") { Plaitrc = Lazy, Spoil = At(c => c.Ports.Answers(s_grants)), AfterGrant = SendAndLeave },
        new("it grants behind a shim, and never dials", "plain_obfs4", 0, "joint", "timed out", "accepted the connection and never passed it on") { Plaitrc = $"ClientTransportJoint plain shim\n{Lazy}\n{Soon}\nLingerTimeout 100 msec", Spoil = At(c => c.Ports.Answers(s_grants)), AfterGrant = WaitForEnd },

        // outside connection: the network
        new("the bridge's address refuses", "obfs4_plain", 1, "outside connection", "refused", "connecting failed") { Reply = 5, Target = c => c.Ports.Refuses() },
        new("the bridge's address refuses: obfs4", "plain_obfs4", 1, "outside connection", "refused", "connecting failed") { Reply = 5, Target = c => c.Ports.Refuses() },
        new("there is no way to the bridge's address", "obfs4_plain", 1, "outside connection", "unreachable", "connecting failed") { Reply = 4, Target = _ => new IPEndPoint(IPAddress.Broadcast, 9) },
        new("the bridge's address does not answer", "plain_obfs4", 1, "outside connection", "timed out", "waiting for the bridge's address") { Reply = 6, Plaitrc = Soon, Target = c => c.Ports.Full() },
        new("the bridge hangs up", "plain_obfs4", 1, "outside connection", "reset", "ended the connection while the chain was shaking hands; check the address in the bridge line; if it is right, something on the way may break the connection") { Reply = 1, Target = c => c.Ports.HangsUp() },
        new("the bridge hangs up: obfs4 at hop 0", "obfs4_plain", 1, "outside connection", "reset", "ended the connection while the chain was shaking hands") { Reply = 1, Target = c => c.Ports.HangsUp() },
        new("a web server has the bridge's port", "plain_obfs4", 1, "outside connection", "reset", "what answered at the bridge's address is not obfs4, or broke off; check the address and the port in the bridge line, and that the bridge runs the same chain") { Reply = 1, Target = c => c.Ports.AnswersAndHangsUp(s_badRequest) },
        new("a service that waits has the bridge's port", "plain_obfs4", 1, "grant", "timed out", "(OpenTimeout); it was waiting for") { Reply = 6, Plaitrc = Soon, Target = c => c.Ports.Talks([.. "SSH-2.0-OpenSSH_9.2\r\n"u8]) },
        new("torrc wants another machine's address", "obfs4_plain", 1, "outside connection", "not permitted", "OutboundBindAddress") { Reply = 1, Target = _ => IPEndPoint.Parse("192.0.2.1:9"), Launch = (_, l) => With(l, "TOR_PT_OUTBOUND_BIND_ADDRESS_V4", "192.0.2.77") },
        new("the upstream proxy is gone", "plain_obfs4", 1, "outside connection", "proxy refused", "the upstream proxy cannot be reached") { Reply = 1, Launch = (c, l) => With(l, Proxied, c.Proxy.Uri()), Before = c => c.Proxy.StopAsync() },
        new("the upstream proxy wants another password", "obfs4_plain", 1, "outside connection", "proxy refused", "the upstream proxy did not connect") { Reply = 1, Launch = (c, l) => With(l, Proxied, $"socks5://user:Xyzzy-71@{c.Ports.Answers([5, 2], [1, 1])}") },
        new("the upstream proxy has a rule against it", "plain_obfs4", 1, "outside connection", "proxy refused", "the upstream proxy did not connect") { Reply = 1, Launch = (c, l) => With(l, Proxied, c.Proxy.Uri()), Before = RefuseTargets },
        new("the upstream proxy finds no listener there", "obfs4_plain", 1, "outside connection", "refused", "the upstream proxy did not connect") { Reply = 5, Launch = (c, l) => With(l, Proxied, c.Proxy.Uri()), Target = c => c.Ports.Refuses() },
        new("the bridge's address refuses, after an early grant", "plain_obfs4", 1, "outside connection", "refused", "connecting failed") { Plaitrc = Lazy, Spoil = Dummy("--lazy"), Target = c => c.Ports.Refuses(), AfterGrant = SendAndWaitForEnd },

        // relay: the connection stands
        new("hop 0 is killed", "plain_obfs4", 0, "relay", "exited", "plain ended with signal 9") { Severity = "info", Then = (c, _) => c.KillAsync("dummy-transport") },
        new("hop 1 is killed", "plain_obfs4", 1, "relay", "exited", "obfs4proxy ended with signal 9") { Severity = "info", Then = (c, _) => c.KillAsync("obfs4proxy") },
        new("the network resets it", "obfs4_plain", 1, "relay", "reset", "the connection to the network was reset") { Severity = "info", Then = ResetNetwork },
        new("a program that Plait does not start resets it", "plain_obfs4", 0, "relay", "reset", "the transport reset the connection") { Severity = "info", Plaitrc = "ClientTransportPlugin plain socks5 PROXY", Then = ResetProxy },
        new("it answers without having come to its joint", "plain_obfs4", 0, "relay", "leak refused", "went around the chain") { Plaitrc = $"ClientTransportJoint plain shim\n{Lazy}", Spoil = At(c => c.Ports.Answers([.. s_grants, [42]])), AfterGrant = SendAndWaitForEnd },

        // What is no hop's fault is not reported.
        new("tor breaks off", "plain_obfs4", null, null, null, "") { Then = BreakOff },
        new("tor leaves while bytes are on their way to it", "obfs4_plain", null, null, null, "") { Then = LeaveUnderway },

        // shutdown
        new("Plait is told to end while it opens a connection", "plain_obfs4", null, null, null, "") { Reply = 1, Target = c => c.Ports.Silent(c.Reached), During = EndWhenReached },
        new("Plait is told to end while a connection is open", "obfs4_plain", null, null, null, "") { Then = End },
        new("a child does not end with Plait", "plain_obfs4", 0, "shutdown", "timed out", "and was killed") { Severity = "info", Status = "CHILD=\"Killed\"", Plaitrc = "ExitGrace 2 seconds", Spoil = Dummy("--ignore-stdin --ignore-sigterm"), Then = End },
    ];

    private static Action<BrokenChain> Dummy(string flags) => chain => chain.Become($"exec {Programs.DummyTransport} {flags}");

    private static Action<BrokenChain> At(Func<BrokenChain, IPEndPoint> port) => chain => chain.Become(chain.ListensAt(port(chain)));

    private static PtLaunch With(PtLaunch launch, string variable, string value) =>
        launch with { Extra = new Dictionary<string, string?> { [variable] = value } };

    private static async Task KillWhenReached(BrokenChain chain)
    {
        await chain.Reached.Task.Within("a connection at the silent bridge");
        await chain.KillAsync("obfs4proxy");
    }

    private static async Task EndWhenReached(BrokenChain chain)
    {
        await chain.Reached.Task.Within("a connection at the silent bridge");
        chain.Host.Program.CloseStdin();
    }

    private static Task End(BrokenChain chain, Socket socket)
    {
        chain.Host.Program.CloseStdin();
        return WaitForEnd(socket);
    }

    private static Task ResetNetwork(BrokenChain chain, Socket socket)
    {
        chain.Network.ResetConnections();
        return WaitForEnd(socket);
    }

    private static Task ResetProxy(BrokenChain chain, Socket socket)
    {
        chain.Proxy.ResetConnections();
        return WaitForEnd(socket);
    }

    private static Task RefuseTargets(BrokenChain chain)
    {
        chain.Proxy.RefuseTargets = true;
        return Task.CompletedTask;
    }

    private static async Task SendAndLeave(Socket socket)
    {
        await socket.WriteAllAsync(new byte[] { 42 });
        socket.Dispose();
    }

    private static async Task SendAndWaitForEnd(Socket socket)
    {
        await socket.WriteAllAsync(new byte[] { 42 });
        await WaitForEnd(socket);
    }

    private static async Task WaitForEnd(Socket socket)
    {
        try
        {
            Assert.Empty(await socket.ReadToEndAsync().Within("the end of the connection"));
        }
        catch (SocketException e)
        {
            Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        }

        socket.Dispose(); // as tor does
    }

    private static Task BreakOff(BrokenChain chain, Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
        return Task.CompletedTask;
    }

    private static async Task LeaveUnderway(BrokenChain chain, Socket socket)
    {
        await socket.WriteAllAsync(new byte[100_000]); // which comes back, and is not read
        socket.Dispose();
    }
}
