using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Processes;

/// <summary>Why a transport process cannot be used at the moment.</summary>
/// <param name="Stage">The stage at which it failed.</param>
/// <param name="Cause">The kind of problem.</param>
/// <param name="Text">What happened, for a person.</param>
[ProgramSeam]
internal sealed record ProcessDown(ChainStage Stage, FailureCause Cause, SafeText Text)
{
    /// <summary>The same of a hop that would go around what torrc demands of outside connections: tor starts Plait anew when the proxy changes (L12).</summary>
    internal static ProcessDown? Of(OutsideRefusal? refusal) => refusal is null ? null : new(refusal.Stage, refusal.Cause, refusal.Why)
    {
        Advice = refusal.Advice,
        MayPass = false,
    };

    /// <summary>
    /// Whether it may pass while Plait runs: a program is installed, a file repaired. A program that takes no proxy will not
    /// take one at its next start either, and tor starts Plait anew when the proxy changes (L12). A program without the transport
    /// will not have it at its next start.
    /// </summary>
    internal bool MayPass { get; init; } = Cause != FailureCause.ProxyRefused;

    /// <summary>
    /// Whether only another configuration helps, judged by its program's words. It is retried while Plait runs, but Plait is not started again
    /// for it. tor does the same where a program says ENV-ERROR (L18).
    /// </summary>
    internal bool TakesAnotherConfiguration { get; init; }

    /// <summary>What the reader of this side can do about it, if the start knows better than the table; else null.</summary>
    internal SafeText? Advice { get; init; }

    /// <summary>Whether another program has the port that it was to listen at: with another port it may start.</summary>
    internal bool PortIsTaken { get; init; }

    /// <summary>Whether its first start still goes on.</summary>
    internal bool IsUnderWay { get; init; }

    /// <summary>What happened and what to do about it.</summary>
    internal SafeText Sentence => Advice is null ? Text : $"{Text}; {Advice}";

    /// <summary>
    /// Whether the keys that bridge lines speak of may be lost: bridge lines of an earlier start must not be published then.
    /// </summary>
    internal bool KeysAreLost => Cause == FailureCause.StateDamaged;
}

/// <summary>A child that could not be started, or did not finish its start.</summary>
internal sealed class LaunchException(ProcessDown down, Exception? inner = null) : Exception(down.Text.ToString(), inner)
{
    internal LaunchException(ChainStage stage, FailureCause cause, SafeText text)
        : this(new ProcessDown(stage, cause, text))
    {
    }

    /// <summary>Why its process is down.</summary>
    internal ProcessDown Down => down;

    internal ChainStage Stage => down.Stage;

    internal FailureCause Cause => down.Cause;
}
