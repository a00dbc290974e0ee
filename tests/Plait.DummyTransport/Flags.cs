using System.Globalization;
using System.Net;

namespace Plait.DummyTransport;

/// <summary>How this run misbehaves. Nothing set: a well-behaved identity transport.</summary>
internal sealed class Flags
{
    // start-up
    public int? ExitAtStart { get; private set; }
    public int? ExitAfterDone { get; private set; }
    public bool Silent { get; private set; }
    public bool Garbage { get; private set; }
    public int? LongLine { get; private set; }
    public bool OtherTransports { get; private set; }
    public bool WrongAddress { get; private set; }
    public string Version { get; private set; } = "1";
    public string? EnvError { get; private set; }
    public string? MethodError { get; private set; }
    public string? Only { get; private set; }
    public bool ProxyError { get; private set; }
    public bool ProxySilent { get; private set; }
    public bool NoDone { get; private set; }

    // life
    public bool ShowArguments { get; private set; }
    public bool TellAll { get; private set; }
    public bool IgnoreStdin { get; private set; }
    public bool IgnoreSigterm { get; private set; }
    public int? FloodStderr { get; private set; }
    public int? FloodStdout { get; private set; }
    public string? Log { get; private set; }
    public string? Status { get; private set; }
    public int? CrashAfter { get; private set; }
    public bool HangGrandchild { get; private set; }

    // client
    public bool Socks4 { get; private set; }
    public int? Refuse { get; private set; }
    public bool NeverReply { get; private set; }
    public bool EarlyGrant { get; private set; }
    public bool Lazy { get; private set; }
    public IPEndPoint? Dial { get; private set; }
    public IPEndPoint? Leak { get; private set; }
    public bool TwoDials { get; private set; }
    public int? SkipFirst { get; private set; }

    // server
    public bool PlainOrPort { get; private set; }
    public bool NoUserAddress { get; private set; }
    public string? FixedUserAddress { get; private set; }
    public bool WrongHash { get; private set; }
    public bool EarlyBytes { get; private set; }
    public bool UnknownCommands { get; private set; }
    public bool NeverAccept { get; private set; }
    public int? HangHandshake { get; private set; }
    public int? DropHandshake { get; private set; }
    public string? SpeakFirst { get; private set; }
    public bool Meek { get; private set; }

    public bool Help { get; private set; }

    private sealed record Flag(string Name, string? Argument, string Text, Action<Flags, string> Set);

    private sealed record Group(string Title, Flag[] Flags);

    /// <summary>One table for reading and for --help, so that they cannot differ.</summary>
    private static readonly Group[] Groups =
    [
        new("start-up",
        [
            new("--exit-at-start", "CODE", "exit before the first line", (f, v) => f.ExitAtStart = Number(v)),
            new("--exit-after-done", "CODE", "exit right after the DONE line", (f, v) => f.ExitAfterDone = Number(v)),
            new("--silent", null, "never print a protocol line, yet stay alive", (f, _) => f.Silent = true),
            new("--garbage", null, "junk bytes and unknown lines before and between the lines", (f, _) => f.Garbage = true),
            new("--long-line", "N", "after VERSION a line of N bytes", (f, v) => f.LongLine = Number(v)),
            new("--other-transports", null, "also report a name that was not asked for", (f, _) => f.OtherTransports = true),
            new("--wrong-address", null, "report the listeners as localhost:PORT", (f, _) => f.WrongAddress = true),
            new("--version", "V", "print VERSION V", (f, v) => f.Version = v),
            new("--env-error", "TEXT", "print ENV-ERROR TEXT and exit 1", (f, v) => f.EnvError = v),
            new("--method-error", "TEXT", "report every name with CMETHOD-ERROR or SMETHOD-ERROR",
                (f, v) => f.MethodError = v),
            new("--only", "NAME", "report every other name with an error", (f, v) => f.Only = v),
            new("--proxy-error", null, "answer TOR_PT_PROXY with PROXY-ERROR and exit 1", (f, _) => f.ProxyError = true),
            new("--proxy-silent", null, "take no notice of TOR_PT_PROXY and dial directly", (f, _) => f.ProxySilent = true),
            new("--no-done", null, "leave out the DONE line", (f, _) => f.NoDone = true),
        ]),
        new("life",
        [
            new("--show-arguments", null, "per connection a line on stderr: arguments NAME TARGET STRING",
                (f, _) => f.ShowArguments = true),
            new("--tell-all", null, "LOG and stderr: all that it was given, each value in a line of its own",
                (f, _) => f.TellAll = true),
            new("--ignore-stdin", null, "live on when stdin closes", (f, _) => f.IgnoreStdin = true),
            new("--ignore-sigterm", null, "live on after SIGTERM", (f, _) => f.IgnoreSigterm = true),
            new("--flood-stderr", "BYTES", "after DONE, that much on stderr", (f, v) => f.FloodStderr = Number(v)),
            new("--flood-stdout", "LINES", "after DONE, that many unknown lines", (f, v) => f.FloodStdout = Number(v)),
            new("--log", "TEXT", "after VERSION, LOG SEVERITY=notice MESSAGE=\"TEXT\", escaped", (f, v) => f.Log = v),
            new("--status", "TEXT", "after VERSION, STATUS TEXT as it stands", (f, v) => f.Status = v),
            new("--crash-after", "N", "exit 70 when the N-th connection arrives", (f, v) => f.CrashAfter = Number(v)),
            new("--hang-grandchild", null, "start a sleep of 300 s that keeps stdout open", (f, _) => f.HangGrandchild = true),
        ]),
        new("client",
        [
            new("--socks4", null, "serve SOCKS4 instead of SOCKS5", (f, _) => f.Socks4 = true),
            new("--refuse", "REP", "answer each request with this SOCKS5 code (SOCKS4: 91), dial nothing",
                (f, v) => f.Refuse = Number(v)),
            new("--never-reply", null, "dial, but never answer the request", (f, _) => f.NeverReply = true),
            new("--early-grant", null, "grant before dialling", (f, _) => f.EarlyGrant = true),
            new("--lazy", null, "grant at once, dial when the first payload arrives", (f, _) => f.Lazy = true),
            new("--dial", "ADDR:PORT", "dial this, whatever the target", (f, v) => f.Dial = EndPoint(v)),
            new("--leak", "ADDR:PORT", "also dial this, and leave it be", (f, v) => f.Leak = EndPoint(v)),
            new("--two-dials", null, "dial the target a second time, and leave it be", (f, _) => f.TwoDials = true),
            new("--skip-first", "N", "take N bytes off the far end before granting: the client of --speak-first",
                (f, v) => f.SkipFirst = Number(v)),
        ]),
        new("server",
        [
            new("--plain-orport", null, "use TOR_PT_ORPORT, never the Extended ORPort", (f, _) => f.PlainOrPort = true),
            new("--no-useraddr", null, "leave out USERADDR", (f, _) => f.NoUserAddress = true),
            new("--fixed-useraddr", "ADDR:PORT", "this USERADDR, as it stands", (f, v) => f.FixedUserAddress = v),
            new("--wrong-hash", null, "send a ClientHash that is wrong", (f, _) => f.WrongHash = true),
            new("--early-bytes", null, "send a byte after DONE, before OKAY", (f, _) => f.EarlyBytes = true),
            new("--unknown-commands", null, "send unknown frames of 65535 bytes first", (f, _) => f.UnknownCommands = true),
            new("--never-accept", null, "listen, and accept nothing", (f, _) => f.NeverAccept = true),
            new("--hang-handshake", "N", "accept every N-th connection, and never forward it; a client never answers it",
                (f, v) => f.HangHandshake = Number(v)),
            new("--drop-handshake", "N", "close every N-th connection before forwarding", (f, v) => f.DropHandshake = Number(v)),
            new("--speak-first", "TEXT", "send TEXT to the peer at once, before forwarding", (f, v) => f.SpeakFirst = v),
            new("--meek", null, "be meek's server: HTTP/1.1, a stream for each X-Session-Id, over any connections", (f, _) => f.Meek = true),
        ]),
        new("other", [new("--help", null, "print this", (f, _) => f.Help = true)]),
    ];

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">A flag is unknown, lacks its argument or has a wrong one.</exception>
    public static Flags Parse(ReadOnlySpan<string> arguments)
    {
        var flags = new Flags();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            Flag flag = Groups.SelectMany(g => g.Flags).FirstOrDefault(f => f.Name == name)
                ?? throw new FormatException($"{name}: there is no such flag; --help lists them");
            if (flag.Argument is not null && ++i == arguments.Length)
            {
                throw new FormatException($"{name} needs its {flag.Argument}");
            }

            flag.Set(flags, arguments[i]);
        }

        return flags;
    }

    /// <summary>The text of --help.</summary>
    public static string HelpText() =>
        """
        dummy-transport: a pluggable transport that changes no byte, and misbehaves on request.
        Started as tor starts one (TOR_PT_* in the environment), as a client or as a server.
        A client serves SOCKS5 in lock-step; a server prefers the Extended ORPort and gives its
        TOR_PT_SERVER_TRANSPORT_OPTIONS back as ARGS. Flags combine freely.


        """ + string.Join("\n", Groups.Select(g => $"{g.Title}:\n" + string.Concat(g.Flags.Select(Line))));

    private static string Line(Flag flag) => $"  {$"{flag.Name} {flag.Argument}",-29}{flag.Text}\n";

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
        ? value
        : throw new FormatException($"{text}: not a number");

    private static IPEndPoint EndPoint(string text) => IPEndPoint.TryParse(text, out IPEndPoint? value) && value.Port != 0
        ? value
        : throw new FormatException($"{text}: not ADDR:PORT");
}
