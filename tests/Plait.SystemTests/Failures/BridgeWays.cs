using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>
/// The ways in which a bridge's chain breaks, in the order of its stages. A bridge waits for no grant and connects to no
/// network; instead it hands over to tor.
/// </summary>
internal static class BridgeWays
{
    private const string Soon = "HandshakeTimeout 2 seconds";
    private const string InFront = "ServerTransportWire * plait";

    /// <summary>
    /// The transport at the wire does not come back. It listens itself, so no connection reaches Plait: what is reported is the program's own
    /// failure.
    /// </summary>
    public static IReadOnlyList<Way> AtTheWire { get; } =
    [
        new("its program is gone when it is started again", "obfs4_plain", 1, "launch", "program missing", "there is no file") { Before = c => c.RestartAsync(_ => c.Vanish()) },
        new("its program ends at its start", "obfs4_plain", 1, "launch", "exited", "exit code 3; it said: no luck") { Before = c => c.RestartAsync(Script("echo no luck >&2; exit 3")) },
        new("its program never says that it is ready", "obfs4_plain", 1, "negotiation", "timed out", "did not finish its start within 5 s") { Plaitrc = "StartTimeout 5 seconds", Before = c => c.RestartAsync(Script("echo VERSION 1; exec cat")) },
        new("its program refuses the transport", "obfs4_plain", 1, "negotiation", "argument wrong", "no luck") { Before = c => c.RestartAsync(Dummy("--method-error 'no luck'")) },
    ];

    public static IReadOnlyList<Way> All { get; } =
    [
        // launch: what the bridge line needs is known from an earlier start
        new("its program may not be started again", "plain_obfs4", 0, "launch", "not permitted", "is not executable") { Before = c => c.RestartAsync(_ => c.Forbid()) },
        new("it was killed and is not back yet", "obfs4_plain", 0, "launch", "exited", "ended with signal 9 and is being restarted") { Plaitrc = "RestartDelayMin 1 minutes", Before = c => c.KillAsync("obfs4proxy") },

        // negotiation
        new("its program speaks another version", "plain_obfs4", 0, "negotiation", "protocol violated", "it speaks version '2'") { Before = c => c.RestartAsync(Dummy("--version 2")) },
        new("its program dislikes its surroundings", "plain_obfs4", 0, "negotiation", "argument wrong", "it says ENV-ERROR no luck") { Before = c => c.RestartAsync(Dummy("--env-error 'no luck'")) },

        // dial: the transport's own port
        new("at the wire, its port refuses", "obfs4_plain", 1, "dial", "refused", "own listener does not answer") { Network = Ending.Reset, Plaitrc = InFront, Spoil = At(c => c.Ports.Refuses()) },
        new("its port refuses", "plain_obfs4", 0, "dial", "refused", "own listener does not answer") { Spoil = At(c => c.Ports.Refuses()) },
        new("at the wire, its port takes no connection", "obfs4_plain", 1, "dial", "timed out", "did not accept") { Network = Ending.Reset, Plaitrc = $"{Soon}\n{InFront}", Spoil = At(c => c.Ports.Full()) },
        new("its port takes no connection", "plain_obfs4", 0, "dial", "timed out", "did not accept") { Plaitrc = Soon, Spoil = At(c => c.Ports.Full()) },

        // joint: the stream that the transport is to bring
        new("it hangs up", "plain_obfs4", 0, "joint", "reset", "instead of passing it on") { Spoil = Dummy("--drop-handshake 1") },
        new("it does not know its cookie", "plain_obfs4", 0, "joint", "reset", "instead of passing it on") { Spoil = Dummy("--wrong-hash") },
        new("it names a connection that there is not", "plain_obfs4", 0, "joint", "reset", "instead of passing it on") { Spoil = Dummy("--fixed-useraddr 127.64.0.1:1") },
        new("it dies of the connection", "plain_obfs4", 0, "joint", "exited", "ended with exit code 70") { Spoil = Dummy("--crash-after 1") },
        new("at the wire, it dies of the connection", "obfs4_plain", 1, "joint", "exited", "ended with exit code 70") { Plaitrc = InFront, Spoil = Dummy("--crash-after 1") },

        // authentication towards tor
        new("tor's port refuses", "plain_obfs4", null, "authentication towards tor", "refused", "does not answer") { Launch = Tor(c => c.Ports.Refuses()) },
        new("tor's plain port refuses", "obfs4_plain", null, "authentication towards tor", "refused", "does not answer") { Launch = (c, l) => l with { ExtendedOrPort = null, OrPort = c.Ports.Refuses() } },
        new("tor denies", "obfs4_plain", null, "authentication towards tor", "refused", "did not take the connection") { Before = Deny },
        new("tor takes no connection", "plain_obfs4", null, "authentication towards tor", "timed out", "tor did not answer") { Plaitrc = Soon, Launch = Tor(c => c.Ports.Full()) },
        new("tor says nothing", "obfs4_plain", null, "authentication towards tor", "timed out", "tor did not answer") { Plaitrc = Soon, Launch = Tor(c => c.Ports.Silent()) },
        new("tor hangs up", "plain_obfs4", null, "authentication towards tor", "reset", "") { Launch = Tor(c => c.Ports.HangsUp()) },
        new("another program has tor's port", "obfs4_plain", null, "authentication towards tor", "protocol violated", "did not take the connection") { Launch = Tor(c => c.Ports.Talks(2, 0)) },
        new("tor's cookie is gone", "plain_obfs4", null, "authentication towards tor", "not permitted", "cannot be read") { Before = Cookie(File.Delete) },
        new("tor's cookie is another's", "obfs4_plain", null, "authentication towards tor", "protocol violated", "did not take the connection") { Before = Cookie(file => File.WriteAllBytes(file, [.. "! Extended ORPort Auth Cookie !\n"u8, .. new byte[32]])) },
        new("tor's cookie file is no cookie file", "plain_obfs4", null, "authentication towards tor", "protocol violated", "cookie file is not one") { Before = Cookie(file => File.WriteAllText(file, "nothing of the kind")) },

        // relay: the connection stands
        new("hop 0 is killed", "plain_obfs4", 0, "relay", "exited", "plain ended with signal 9") { Severity = "info", Then = (c, _) => c.KillAsync("dummy-transport") },
        new("at the wire, obfs4 is killed", "plain_obfs4", 1, "relay", "exited", "obfs4proxy ended with signal 9") { Severity = "info", Then = (c, _) => c.KillAsync("obfs4proxy") },
        new("tor resets it", "obfs4_plain", null, "relay", "reset", "tor reset the connection") { Severity = "info", Then = ResetTor },

        // What is no hop's fault is not reported.
        new("the client breaks off", "plain_obfs4", null, null, null, "") { Network = null, Then = BreakOff },

        // shutdown
        new("Plait is told to end while a connection is open", "plain_obfs4", null, null, null, "") { Then = End },
        new("a child does not end with Plait", "obfs4_plain", 1, "shutdown", "timed out", "and was killed") { Severity = "info", Status = "CHILD=\"Killed\"", Plaitrc = "ExitGrace 2 seconds", Spoil = Dummy("--ignore-stdin --ignore-sigterm"), Then = End },
    ];

    private static Action<BrokenChain> Script(string script) => chain => chain.Become(script);

    private static Action<BrokenChain> Dummy(string flags) => Script($"exec {Programs.DummyTransport} {flags}");

    private static Action<BrokenChain> At(Func<BrokenChain, IPEndPoint> port) => chain => chain.Become(chain.ListensAt(port(chain)));

    private static Func<BrokenChain, PtLaunch, PtLaunch> Tor(Func<BrokenChain, IPEndPoint> port) => (chain, launch) =>
        launch with { Extra = new Dictionary<string, string?> { ["TOR_PT_EXTENDED_SERVER_PORT"] = port(chain).ToString() } };

    private static Func<BrokenChain, Task> Cookie(Action<string> change) => chain =>
    {
        change(chain.Tor.CookieFile);
        return Task.CompletedTask;
    };

    private static Task Deny(BrokenChain chain)
    {
        chain.Tor.Deny = true;
        return Task.CompletedTask;
    }

    private static Task ResetTor(BrokenChain chain, Socket socket)
    {
        chain.Tor.ResetConnections();
        return Task.CompletedTask;
    }

    private static Task BreakOff(BrokenChain chain, Socket socket)
    {
        chain.Network.ResetConnections();
        return Task.CompletedTask;
    }

    private static Task End(BrokenChain chain, Socket socket)
    {
        chain.Host.Program.CloseStdin();
        return Task.CompletedTask;
    }
}
