using System.ComponentModel;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Processes;

/// <summary>
/// Explains why a child's start failed, and what the reader of its side can do about it: the user of a client, who has a plaitrc and
/// no torrc options, or the operator of a bridge.
/// </summary>
/// <param name="request">The start.</param>
/// <param name="limits">The limits in force.</param>
/// <param name="scrubber">For the words of the child and of the system.</param>
internal sealed class StartWords(LaunchRequest request, Limits limits, Scrubber scrubber)
{
    // goptlib's programs say "no such transport is supported" or "no such method".
    private static readonly string[] s_unknown = ["no such transport", "no such method", "unknown transport", "unsupported transport"];

    // What Go's runtime says where clone(2) fails for it, with and without cgo.
    private static readonly string[] s_noThread = ["pthread_create failed", "failed to create new OS thread"];

    private SafeText Name => request.Name;

    /// <summary>The system did not start it.</summary>
    internal ProcessDown NotStarted(Win32Exception error) => error.NativeErrorCode switch
    {
        Libc.Again => new(ChainStage.Launch, FailureCause.LimitReached, $"the system would not start {Name}: the limit of processes and threads is reached")
        {
            Advice = RaiseProcesses,
        },
        Libc.NoMemory => new(ChainStage.Launch, FailureCause.LimitReached, $"the system would not start {Name}: no memory is left for it")
        {
            Advice = RaiseMemory,
        },
        var code when Descriptors.AreLacking(code) => new(ChainStage.Launch, FailureCause.LimitReached, $"the system would not start {Name}: no descriptor is left for it")
        {
            Advice = RaiseDescriptors,
        },
        Libc.NotExecutable => Forbidden($"it is neither a program of this machine nor a script that begins with #!", $"install the program for this machine"),
        Libc.NoEntry => Forbidden($"the loader that it needs is not on this machine", $"install the program for this system"),

        // The file's own rights were looked at before.
        Libc.AccessDenied => Forbidden($"a rule of the system forbids it, such as AppArmor's or SELinux's", $"allow {SafeText.Own(request.Command.Program)} in that rule"),
        _ => Forbidden(scrubber.Scrub(error.Message), $"install the program for this machine"),
    };

    /// <summary>Its start failed as a whole.</summary>
    internal ProcessDown Failed(ConversationFailure failure)
    {
        ProcessDown down = Lacking(failure.Text) ?? StateTrouble.Of(request, failure.Text, scrubber) ?? new(ChainStage.Negotiation, failure.Cause, $"{Name}: {scrubber.Scrub(failure.Text)}");
        string other = request.Role == PtRole.Client ? "TOR_PT_SERVER_TRANSPORTS" : "TOR_PT_CLIENT_TRANSPORTS";
        return failure.Cause != FailureCause.ArgumentWrong || down.Advice is not null ? down
            : failure.Text.Contains(other, StringComparison.Ordinal) ? down with { Advice = $"name the program of a {RoleWord} in this plugin line: {Name} is for the other side", MayPass = false }
            : down with { Advice = InPluginLine, TakesAnotherConfiguration = true };
    }

    /// <summary>It does not offer a transport.</summary>
    /// <param name="transport">Which.</param>
    /// <param name="why">Its reason, unscrubbed.</param>
    /// <param name="offered">The transports that it offers.</param>
    internal ProcessDown Refused(string transport, string why, IEnumerable<string> offered) =>
        s_unknown.Any(words => why.Contains(words, StringComparison.OrdinalIgnoreCase)) ? HasNot(transport, [.. offered])
        : Lacking(why)
            ?? StateTrouble.Of(request, why, scrubber) // before the listener's: "permission denied" may be about a file
            ?? (request.Listener is { } listener ? new ListenTrouble(Name, request.Command.Program, listener).Of(why) : null)
            ?? new(ChainStage.Negotiation, FailureCause.ArgumentWrong, $"{Name} refuses {SafeText.Name(transport)}: {scrubber.Scrub(why)}")
            {
                Advice = request.OptionKeys.Count > 0 ? $"correct ServerTransportOptions in torrc or plaitrc" : InPluginLine,
                TakesAnotherConfiguration = IsOfAnOption(why),
            };

    /// <summary>It offers none of several transports.</summary>
    internal ProcessDown RefusedAll(IReadOnlyDictionary<string, ProcessDown> refused)
    {
        ProcessDown first = refused.Values.First();
        return refused.Values.All(down => down.Text.Equals(first.Text))
            ? first
            : first with
            {
                Text = SafeText.Join("; ", refused.Values.Select(down => down.Text)),
                MayPass = refused.Values.Any(down => down.MayPass),
                TakesAnotherConfiguration = refused.Values.All(down => down.TakesAnotherConfiguration),
            };
    }

    /// <summary>It ended during its start, before any line about its transports.</summary>
    internal ProcessDown Ended(ChildProcess child, bool hasBegun)
    {
        SafeText how = $"{Name} ended during its start with {child.ExitText}";
        SafeText words = child.Words.OfEnd;
        return Unusable(child, words) ?? (s_noThread.Any(lack => words.ToString().Contains(lack, StringComparison.OrdinalIgnoreCase))
            ? new(ChainStage.Launch, FailureCause.LimitReached, $"{how}: it got no more threads; it said: {words}") { Advice = RaiseProcesses }
            : hasBegun || !Sip003Plugin.Is(request.Command.Program)
            ? new(ChainStage.Launch, FailureCause.Exited, words.IsEmpty ? SafeText.Of($"{how} and said nothing") : $"{how}; it said: {words}")
            {
                Advice = !words.IsEmpty ? InPluginLine
                    : request.Command.Library is null ? $"run it by hand to see why: {SafeText.Own(request.Command.Program)}"
                    : AskItsAuthor,
            }
            : new(ChainStage.Launch, FailureCause.Exited, $"{how}; {LooksLikeAPlugin}") { Advice = AskForATransport });
    }

    /// <summary>It did not finish its start in time.</summary>
    /// <param name="hasBegun">It has printed a line of pt-spec.</param>
    /// <param name="child">It; it runs.</param>
    internal ProcessDown TooLate(bool hasBegun, ChildProcess child)
    {
        double seconds = limits.StartTimeout.TotalSeconds;
        SafeText words = child.Words.OfEnd;
        return hasBegun ? new(ChainStage.Negotiation, FailureCause.TimedOut, $"{Name} did not finish its start within {seconds:0.#} s")
            : IsAPlugin(child) ? new(ChainStage.Negotiation, FailureCause.TimedOut, $"{Name} printed no VERSION within {seconds:0.#} s; {LooksLikeAPlugin}") { Advice = AskForATransport }
            : new(ChainStage.Negotiation, FailureCause.TimedOut, words.IsEmpty
                ? SafeText.Of($"{Name} said nothing within {seconds:0.#} s, and a pluggable transport prints VERSION at once")
                : $"{Name} printed no VERSION within {seconds:0.#} s; it said: {words}");
    }

    /// <summary>Why it has printed no line yet, while it is still waited for.</summary>
    /// <param name="child">It; it runs.</param>
    internal SafeText Silence(ChildProcess child) => IsAPlugin(child)
        ? SafeText.Of($"{LooksLikeAPlugin}; {AskForATransport}")
        : $"a pluggable transport does so at once; check that it is one";

    /// <summary>What the host of a library found before it could call it; null if it could.</summary>
    private ProcessDown? Unusable(ChildProcess child, SafeText words)
    {
        string said = words.ToString();
        int complaint = said.IndexOf(LibraryCommand.Complaint, StringComparison.Ordinal);
        if (request.Command.Library is null || complaint < 0)
        {
            return null;
        }

        SafeText why = SafeText.Own(said[(complaint + LibraryCommand.Complaint.Length)..]);
        return LibraryCommand.FaultOf(child.ExitCode) switch
        {
            LibraryFault.NotLoaded => new(ChainStage.Launch, FailureCause.NotPermitted, $"the system would not load {Name}: {why}")
            {
                Advice = $"install the library, and those that it needs, for this machine",
            },
            LibraryFault.NoEntry => new(ChainStage.Launch, FailureCause.ArgumentWrong, $"{Name}: {why}")
            {
                Advice = $"write the name of its entry after its path in the plaitrc; its documentation has it",
            },
            LibraryFault.Misfit => new(ChainStage.Launch, FailureCause.ProtocolViolated, $"{Name}: {why}")
            {
                Advice = $"install a version of it that goes with this Plait",
            },
            _ => null,
        };
    }

    private static SafeText AskItsAuthor => $"ask the author of the library: its main function returned before it had printed a line of pt-spec";

    private static SafeText RaiseProcesses => $"raise the limit of processes and threads: ulimit -u, or LimitNPROC= and TasksMax= of the service";

    private static SafeText RaiseMemory => $"raise the limit of memory: ulimit -v, or MemoryMax= of the service";

    private static SafeText RaiseDescriptors => $"raise the limit: ulimit -n, or LimitNOFILE= of the service";

    private static SafeText LooksLikeAPlugin => $"it looks like a SIP003 plugin of Shadowsocks, which exec cannot start";

    private static SafeText AskForATransport => $"write sip003 exec in the place of exec, or name a pluggable transport";

    /// <summary>A limit that it reached: strerror(3) of EMFILE, ENFILE and ENOMEM; or null.</summary>
    private ProcessDown? Lacking(string words) =>
        words.Contains("too many open files", StringComparison.OrdinalIgnoreCase)
            ? new(ChainStage.Negotiation, FailureCause.LimitReached, $"{Name} has no descriptor left: {scrubber.Scrub(words)}") { Advice = RaiseDescriptors }
            : words.Contains("cannot allocate memory", StringComparison.OrdinalIgnoreCase)
            ? new(ChainStage.Negotiation, FailureCause.LimitReached, $"{Name} has no memory left: {scrubber.Scrub(words)}") { Advice = RaiseMemory }
            : null;

    /// <summary>Whether its reason names one of the options that it was given, or one that goes with them (obfs4proxy: "missing argument 'node-id'").</summary>
    private bool IsOfAnOption(string why) =>
        request.OptionKeys.Count > 0 && (why.Contains("missing argument", StringComparison.OrdinalIgnoreCase) || request.OptionKeys.Any(key => Mention.Of(key, why)));

    private SafeText InPluginLine => $"correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said";

    private SafeText RoleWord => request.Role == PtRole.Client ? SafeText.Of($"client") : $"bridge";

    private ProcessDown HasNot(string transport, string[] offered) => new(
        ChainStage.Negotiation, FailureCause.ArgumentWrong, $"{Name} has no transport {SafeText.Name(transport)}{(offered.Length == 0 ? SafeText.Empty : $"; it has {SafeText.Join(", ", offered.Select(SafeText.Name))}")}")
    {
        Advice = $"install a version of {Name} that has it, or correct the name in the plaitrc",
        MayPass = false,
    };

    private ProcessDown Forbidden(SafeText why, SafeText advice) =>
        new(ChainStage.Launch, FailureCause.NotPermitted, $"the system would not start {Name}: {why}") { Advice = advice };

    /// <summary>By the file of the plugin line, and by the one that runs: a wrapper script may have become another program.</summary>
    private bool IsAPlugin(ChildProcess child) => Sip003Plugin.Is(request.Command.Program) || Sip003Plugin.Is($"/proc/{child.Id}/exe");
}
