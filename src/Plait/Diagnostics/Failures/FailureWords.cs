using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Socks;

namespace Plait.Diagnostics.Failures;

/// <summary>
/// The one table of failures (G4): the words of each stage and cause, their meaning, what to do, and their outward forms: the SOCKS reply,
/// the level of the LOG line, the exit code, the name in STATUS, JSON and metrics.
/// <see cref="Advice"/> may choose other words if more is known of a connection.
/// docs/failures.md is made from both (eng/renew-failures), and a test compares the two.
/// </summary>
/// <remarks>
/// A cause has a sentence and a hint of its own; where a stage makes it mean something else, a row of
/// <see cref="s_particular"/> says so. Names are a closed set that programs of others read: a name is never changed. They are
/// the words with underscores, except where the words were improved later.
/// </remarks>
[ProgramSeam]
internal static class FailureWords
{
    private static readonly Dictionary<ChainStage, (string Words, string Name, string Meaning)> s_stages = new()
    {
        [ChainStage.Launch] = ("launch", "launch", "starting the hop's program, or opening the chain's own listener"),
        [ChainStage.Negotiation] = ("negotiation", "negotiation", "the program's start: VERSION, methods, DONE (pt-spec 3.3)"),
        [ChainStage.Dial] = ("dial", "dial", "connecting to the hop's own listener"),
        [ChainStage.Grant] = ("handshake", "grant", "waiting for the hop to accept the connection, which most do after a handshake with the bridge"),
        [ChainStage.Joint] = ("passing on", "joint", "waiting for the hop's stream on its way to the next hop"),
        [ChainStage.OutsideConnection] = ("outside connection", "outside_connection", "the connection to the network, or to the upstream proxy"),
        [ChainStage.Authentication] = ("authentication towards tor", "authentication_towards_tor", "handing the connection to tor's ORPort or Extended ORPort"),
        [ChainStage.Service] = ("service", "service", "connecting to the service that a tunnel forwards to"),
        [ChainStage.Relay] = ("relay", "relay", "moving bytes, after the connection was accepted"),
        [ChainStage.Shutdown] = ("shutdown", "shutdown", "Plait is ending, and its programs with it"),
    };

    private static readonly Dictionary<FailureCause, Row> s_causes = new()
    {
        [FailureCause.ProgramMissing] = new("program missing", SocksReplyCode.GeneralFailure, ExitCode.Unavailable,
            "There is no such program.",
            "install the program, or correct its path in the plaitrc"),
        [FailureCause.NotPermitted] = new("not permitted", SocksReplyCode.GeneralFailure, ExitCode.NoPermission,
            "The system, or a rule of Plait, does not permit it.",
            "correct what the reason names"),
        [FailureCause.Exited] = new("exited", SocksReplyCode.GeneralFailure, ExitCode.Unavailable,
            "The hop's program has ended.",
            "run it by hand to see why, if it ends again; Plait starts it again"),
        [FailureCause.TimedOut] = new("timed out", SocksReplyCode.TtlExpired, ExitCode.TryAgain,
            "There was no answer within the limit.",
            "try again; if it stays so, check that the other side is running"),
        [FailureCause.Refused] = new("refused", SocksReplyCode.ConnectionRefused, ExitCode.TryAgain,
            "The other side refused the connection.",
            "check that the other side is running and is the right one"),
        [FailureCause.Unreachable] = new("unreachable", SocksReplyCode.HostUnreachable, ExitCode.TryAgain,
            "There is no way to the other side.",
            "check that this machine is connected, and that the address is right"),
        [FailureCause.ArgumentWrong] = new("argument wrong", SocksReplyCode.NotAllowed, ExitCode.Usage,
            "An argument or a word of the configuration is missing or wrong; a retry cannot help.",
            "correct it in the bridge line, the torrc or the plaitrc"),
        [FailureCause.ProtocolViolated] = new("protocol violated", SocksReplyCode.GeneralFailure, ExitCode.Protocol,
            "The other side broke the rules of its protocol.",
            "check that it is the right program, in a version that works"),
        [FailureCause.ProxyRefused] = new("proxy refused", SocksReplyCode.GeneralFailure, ExitCode.Unavailable,
            "The upstream proxy refused, or this hop cannot use it.",
            "check that the proxy in torrc is running and accepts its user and password; nothing goes around it"),
        [FailureCause.LeakRefused] = new("leak refused", SocksReplyCode.NotAllowed, ExitCode.NoPermission,
            "The hop's program dialled something that it was not asked for, and was refused: it would have gone around the chain.",
            "if its transport ignores the target that it is given, write in the plaitrc: IndirectTransport NAME"),
        [FailureCause.Reset] = new("reset", SocksReplyCode.GeneralFailure, ExitCode.TryAgain,
            "The other side reset or closed the connection.",
            "try again; if it stays so, look at the log of the other side"),
        [FailureCause.Stalled] = new("stalled", SocksReplyCode.TtlExpired, ExitCode.TryAgain,
            "One direction moved, and the other was silent.",
            "nothing, if it is seldom; if it is frequent, try another bridge. The connection goes on"),
        [FailureCause.LimitReached] = new("limit reached", SocksReplyCode.GeneralFailure, ExitCode.TryAgain,
            "A limit of the configuration or of the system is reached.",
            "raise the limit (MaxConnections in the plaitrc, descriptors with ulimit -n), or use fewer connections",
            LogLevel.Debug), // DescriptorShortage reports it once for all connections
        [FailureCause.StateNotWritable] = new("state not writable", SocksReplyCode.GeneralFailure, ExitCode.InputOutput,
            "What has to be kept for a program, or handed to it, cannot be written.",
            "make room on the disk of tor's data directory, or mount it for writing"),
        [FailureCause.StateDamaged] = new("state damaged", SocksReplyCode.GeneralFailure, ExitCode.InputOutput,
            "What a program keeps across its starts, such as the keys of a bridge, is there and cannot be used.",
            "restore it from a backup"),
        [FailureCause.Canceled] = new("canceled", SocksReplyCode.GeneralFailure, ExitCode.TryAgain,
            "The client went away.",
            "nothing",
            LogLevel.Debug),
    };

    private static readonly Dictionary<(ChainStage, FailureCause), FailureSentence> s_particular = new()
    {
        [(ChainStage.Launch, FailureCause.ProgramMissing)] = new(
            "There is no program at the place that the plaitrc names.",
            "install the program, or correct its path in the plaitrc", LogLevel.Warning),
        [(ChainStage.Launch, FailureCause.ArgumentWrong)] = new(
            "tor asks for a chain that the plaitrc does not explain.",
            "declare it in the plaitrc, or correct the name in the torrc; plait check tells what there is", LogLevel.Warning, DetailHasHint: true),
        [(ChainStage.Launch, FailureCause.NotPermitted)] = new(
            "The program may not be started, or not use its state, or not listen where the chain is to be reached.",
            "change what the reason names", LogLevel.Warning),
        [(ChainStage.Launch, FailureCause.Exited)] = new(
            "The program ended during its start, or has just ended and is started again.",
            "wait a moment; if it ends again, run it by hand to see why", LogLevel.Warning),
        [(ChainStage.Launch, FailureCause.ProxyRefused)] = new(
            "This hop cannot be made to use the upstream proxy.",
            "put a hop at the wire that takes one, or remove the proxy from torrc", LogLevel.Warning),
        [(ChainStage.Launch, FailureCause.TimedOut)] = new(
            "The system took too long to start the program.",
            "look at the load of this machine; StartTimeout in the plaitrc is the limit", LogLevel.Warning),
        [(ChainStage.Launch, FailureCause.LimitReached)] = new(
            "There is no descriptor, process or port left for it.",
            "raise the limit of this user or service (ulimit -n, ulimit -u)", LogLevel.Warning),
        [(ChainStage.Launch, FailureCause.Canceled)] = new(
            "Plait was told to end while it was starting.",
            "nothing", LogLevel.Debug),
        [(ChainStage.Negotiation, FailureCause.TimedOut)] = new(
            "The program started and has not said that it is ready.",
            "run it by hand to see what it waits for; StartTimeout in the plaitrc is the limit", LogLevel.Warning),
        [(ChainStage.Negotiation, FailureCause.ArgumentWrong)] = new(
            "The program refuses to start this transport with what it was given.",
            "correct its plugin line in the plaitrc", LogLevel.Warning),
        [(ChainStage.Negotiation, FailureCause.ProtocolViolated)] = new(
            "The program does not speak pt-spec as it should.",
            "check that it is a pluggable transport: a plugin line with exec starts nothing else", LogLevel.Warning),
        [(ChainStage.Negotiation, FailureCause.NotPermitted)] = new(
            "The program ran before with this transport, and was started again without it.",
            "see whether it was changed or replaced; restart tor", LogLevel.Warning),
        [(ChainStage.Negotiation, FailureCause.ProxyRefused)] = new(
            "The program takes no upstream proxy, or not this one.",
            "put a hop at the wire that takes one, or remove the proxy from torrc", LogLevel.Warning),
        [(ChainStage.Dial, FailureCause.Refused)] = new(
            "The transport's own port does not answer.",
            "its program may just be restarting; if it stays so, restart tor", LogLevel.Warning),
        [(ChainStage.Dial, FailureCause.Reset)] = new(
            "The transport's own port closed the connection at once.",
            "its program may just be restarting; if it stays so, restart tor", LogLevel.Warning),
        [(ChainStage.Dial, FailureCause.TimedOut)] = new(
            "The transport's own port did not take the connection.",
            "its program hangs or is overloaded; if it stays so, restart tor", LogLevel.Warning),
        [(ChainStage.Dial, FailureCause.ArgumentWrong)] = new(
            "The arguments of the bridge line do not fit the chain.",
            "correct the bridge line, or the Profile that it names", LogLevel.Warning, DetailHasHint: true),
        [(ChainStage.Grant, FailureCause.Refused)] = new(
            "The transport refused. Most give no better reason than that.",
            "check this hop's arguments in the bridge line, and that the bridge runs the same chain", LogLevel.Warning),
        [(ChainStage.Grant, FailureCause.ArgumentWrong)] = new(
            "The transport does not accept its arguments.",
            "correct this hop's arguments in the bridge line, or in the Profile that it names", LogLevel.Warning),
        [(ChainStage.Grant, FailureCause.ProtocolViolated)] = new(
            "The program does not speak SOCKS as a transport does.",
            "check that it is a pluggable transport, and that nothing else has its port", LogLevel.Warning),
        [(ChainStage.Grant, FailureCause.NotPermitted)] = new(
            "The transport does not accept what it was asked.",
            "check this hop's arguments in the bridge line", LogLevel.Warning),
        [(ChainStage.Grant, FailureCause.Unreachable)] = new(
            "The transport says that it cannot reach its target.",
            "check that this machine is connected, and that the address in the bridge line is right", LogLevel.Warning),
        [(ChainStage.Grant, FailureCause.Reset)] = new(
            "The transport closed the connection instead of answering.",
            "its program may just have ended; check this hop's arguments in the bridge line", LogLevel.Warning),
        [(ChainStage.Grant, FailureCause.TimedOut)] = new(
            "The transport did not finish its handshake with the bridge.",
            "check this hop's arguments in the bridge line, and that the bridge runs the same chain", LogLevel.Warning),
        [(ChainStage.Joint, FailureCause.TimedOut)] = new(
            "The transport accepted the connection and never passed it on.",
            "if its transport ignores the target that it is given, write in the plaitrc: IndirectTransport NAME", LogLevel.Warning),
        [(ChainStage.Joint, FailureCause.Refused)] = new( // of a transport that ignores its target
            "Plait could not tell for which bridge line the transport dialled, and refused it.",
            "nothing, if it is once: from now on each bridge line of it has a process of its own", LogLevel.Warning),
        [(ChainStage.Joint, FailureCause.Reset)] = new( // on a bridge alone
            "The transport closed the connection instead of passing it on.",
            "nothing, if it is seldom; if it is every connection, look at the log of its program", LogLevel.Warning),
        [(ChainStage.Joint, FailureCause.NotPermitted)] = new(
            "The transport cannot stand at this place in a chain.",
            "put it last in the chain, or write in the plaitrc: ClientTransportJoint NAME proxy", LogLevel.Warning, DetailHasHint: true),
        [(ChainStage.OutsideConnection, FailureCause.Refused)] = new(
            "Nothing listens at the bridge's address.",
            "check that the bridge is running, and that the address in the bridge line is right", LogLevel.Warning),
        [(ChainStage.OutsideConnection, FailureCause.TimedOut)] = new(
            "The bridge's address does not answer.",
            "check that the bridge is running; something on the way may drop the connection", LogLevel.Warning),
        [(ChainStage.OutsideConnection, FailureCause.Reset)] = new(
            "The connection to the bridge was ended from the other side while it was made, or during a handshake on it.",
            "check the address in the bridge line; if it is right, something on the way may break the connection", LogLevel.Warning),
        [(ChainStage.OutsideConnection, FailureCause.NotPermitted)] = new(
            "The system does not let the connection out, or not from the address that torrc wants.",
            "correct OutboundBindAddress in torrc, or the rules of this machine's firewall", LogLevel.Warning),
        [(ChainStage.Authentication, FailureCause.NotPermitted)] = new(
            "tor's cookie file cannot be read.",
            "check that tor is running, and that this user may read its data directory", LogLevel.Warning),
        [(ChainStage.Authentication, FailureCause.Refused)] = new(
            "tor did not accept the connection.",
            "check that tor is running, and ExtORPort and ORPort in its torrc", LogLevel.Warning),
        [(ChainStage.Authentication, FailureCause.Reset)] = new(
            "tor closed the connection.",
            "look at tor's log", LogLevel.Warning),
        [(ChainStage.Authentication, FailureCause.TimedOut)] = new(
            "tor did not answer on its port for transports.",
            "check that tor is not overloaded or stopped", LogLevel.Warning),
        [(ChainStage.Authentication, FailureCause.ProtocolViolated)] = new(
            "Another program answers on tor's port for transports, or the cookie is another tor's.",
            "check that no other program has the port, and that no two tors share a data directory", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.Refused)] = new(
            "The service that the tunnel forwards to does not accept the connection.",
            "check that the service is running, and the address after --forward", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.Unreachable)] = new(
            "The address of the service cannot be reached: its name does not resolve, or there is no such socket or network.",
            "check the address after --forward", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.ArgumentWrong)] = new(
            "The far end of the tunnel has no service of that name.",
            "ask for one of the names that stand after --forward at the far end", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.ProtocolViolated)] = new(
            "The far end of the tunnel does not answer as one that has several services.",
            "leave --service and --socks out if the far end has one service only", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.TimedOut)] = new(
            "The service that the tunnel forwards to did not answer.",
            "check that the service is not overloaded or stopped, and the address after --forward", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.NotPermitted)] = new(
            "The system does not let Plait connect to the service.",
            "check the rights of its socket, or the rules of this machine's firewall", LogLevel.Warning),
        [(ChainStage.Service, FailureCause.Reset)] = new(
            "The service closed the connection while it was made.",
            "look at the log of the service", LogLevel.Warning),
        [(ChainStage.Relay, FailureCause.Exited)] = new(
            "The hop's program ended while the connection was open.",
            "nothing, if it is seldom; Plait starts it again, and tor opens another connection", LogLevel.Information),
        [(ChainStage.Relay, FailureCause.Reset)] = new(
            "The connection was open, and was reset from the other side.",
            "nothing, if it is seldom; if it is frequent, try another bridge", LogLevel.Information),
        [(ChainStage.Relay, FailureCause.LeakRefused)] = new(
            "The hop's program went around the chain after it had accepted the connection, which was ended.",
            "if its transport ignores the target that it is given, write in the plaitrc: IndirectTransport NAME", LogLevel.Warning),
        [(ChainStage.Relay, FailureCause.Canceled)] = new(
            "The client broke the connection off.",
            "nothing", LogLevel.Debug),
        [(ChainStage.Shutdown, FailureCause.Canceled)] = new(
            "Plait ends while the connection is open or being opened.",
            "nothing", LogLevel.Debug),
        [(ChainStage.Shutdown, FailureCause.TimedOut)] = new(
            "The program did not end when it was asked to, and was killed.",
            "nothing, if it is seldom; ExitGrace in the plaitrc is the limit", LogLevel.Information),
    };

    /// <summary>The rows for single pairs of stage and cause, for the page.</summary>
    internal static IEnumerable<(ChainStage Stage, FailureCause Cause, FailureSentence Sentence)> Particular =>
        s_particular.Select(row => (row.Key.Item1, row.Key.Item2, row.Value));

    internal static string Of(ChainStage stage) => s_stages[stage].Words;

    internal static string Of(FailureCause cause) => s_causes[cause].Words;

    /// <summary>What was being done.</summary>
    internal static string MeaningOf(ChainStage stage) => s_stages[stage].Meaning;

    /// <summary>What a cause means whatever the stage.</summary>
    internal static FailureSentence GeneralOf(FailureCause cause) => s_causes[cause].General;

    /// <summary>What a cause means at a stage, and what to do.</summary>
    internal static FailureSentence Of(ChainStage stage, FailureCause cause) =>
        s_particular.GetValueOrDefault((stage, cause)) ?? s_causes[cause].General;

    /// <summary>The name in STATUS, in JSON and as a tag of metrics.</summary>
    internal static string NameOf(ChainStage stage) => s_stages[stage].Name;

    /// <summary>The name in STATUS, in JSON and as a tag of metrics.</summary>
    internal static string NameOf(FailureCause cause) => Of(cause).Replace(' ', '_');

    /// <summary>
    /// The SOCKS reply for tor (S17). Arti never comes back after codes other than 01, 03, 04, 05 and 06 (S18), so the
    /// others are for what cannot pass by itself.
    /// </summary>
    internal static SocksReplyCode ReplyOf(FailureCause cause) => s_causes[cause].Reply;

    /// <summary>
    /// The SOCKS reply of a failure. A failed start of a program may succeed the next time, which comes by itself, so arti must not stay
    /// away for it (S18).
    /// </summary>
    internal static SocksReplyCode ReplyOf(ChainFailure failure) => failure.Stage is ChainStage.Launch or ChainStage.Negotiation
        ? SocksReplyCode.GeneralFailure
        : ReplyOf(failure.Cause);

    /// <summary>The exit code of a command that such a failure ends. 0, 1, 2 and 70 mean something else.</summary>
    internal static int ExitCodeOf(FailureCause cause) => (int)s_causes[cause].ExitCode;

    /// <summary>The cause that a SOCKS reply of a child or of an upstream proxy stands for.</summary>
    internal static FailureCause CauseOf(SocksReplyCode? reply) => reply switch
    {
        SocksReplyCode.NotAllowed => FailureCause.NotPermitted,
        SocksReplyCode.NetworkUnreachable or SocksReplyCode.HostUnreachable => FailureCause.Unreachable,
        SocksReplyCode.TtlExpired => FailureCause.TimedOut,
        SocksReplyCode.CommandNotSupported or SocksReplyCode.AddressTypeNotSupported => FailureCause.ProtocolViolated,
        null => FailureCause.ProtocolViolated,
        _ => FailureCause.Refused,
    };

    /// <summary>The cause of a failed connect or bind.</summary>
    internal static FailureCause CauseOf(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => FailureCause.Refused,
        SocketError.TimedOut => FailureCause.TimedOut,
        SocketError.AccessDenied or SocketError.AddressAlreadyInUse => FailureCause.NotPermitted,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => FailureCause.Reset,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => FailureCause.LimitReached,
        _ => FailureCause.Unreachable,
    };

    /// <summary>
    /// The detail of a failure: the lack of a descriptor if that is the cause; else <paramref name="otherwise"/>.
    /// </summary>
    internal static SafeText DetailOf(FailureCause cause, SafeText otherwise) =>
        cause == FailureCause.LimitReached ? NoDescriptorLeft : otherwise;

    /// <summary>The detail of a connection that is refused because there is no descriptor for it.</summary>
    internal static SafeText NoDescriptorLeft => $"no descriptor is left for it";

    /// <summary>One cause, whatever the stage.</summary>
    private sealed class Row(
        string words, SocksReplyCode reply, ExitCode exitCode, string sentence, string hint, LogLevel level = LogLevel.Warning)
    {
        internal string Words => words;

        internal SocksReplyCode Reply => reply;

        internal ExitCode ExitCode => exitCode;

        internal FailureSentence General { get; } = new(sentence, hint, level);
    }
}
