using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics.Events;

/// <summary>
/// What can happen to a chain, a connection or a child: a closed family. No event holds an address, an argument or a
/// credential (G5); texts are scrubbed.
/// </summary>
/// <remarks>
/// A connection's life is one of: <see cref="ConnectionFailed"/>; <see cref="ConnectionOpened"/> and then
/// <see cref="ConnectionEnded"/>; on a bridge also <see cref="ConnectionEnded"/> alone, for a client that never reached
/// tor; a <see cref="ConnectionStalled"/> may come while it is established. A chain's is <see cref="ChainListening"/> or
/// <see cref="ChainFailed"/>, once. A child's life is <see cref="ChildStarted"/>, then any number of <see cref="ChildExited"/>,
/// <see cref="ChildStartFailed"/> and <see cref="ChildRestarted"/>, and <see cref="ChildKilled"/> if it does not end with Plait.
/// </remarks>
public abstract record PlaitEvent
{
    private PlaitEvent()
    {
    }

    /// <summary>A chain was started, and listens at the address that tor gets.</summary>
    /// <param name="Chain">The chain's alias.</param>
    /// <param name="Refusing">Why it refuses until what keeps it from working has passed; null if it works.</param>
    public sealed record ChainListening(string Chain, ChainFailure? Refusing) : PlaitEvent;

    /// <summary>A chain cannot be used before Plait is started again.</summary>
    /// <param name="Failure">Where and why.</param>
    public sealed record ChainFailed(ChainFailure Failure) : PlaitEvent;

    /// <summary>A connection is established and granted; bytes will flow.</summary>
    /// <param name="Chain">The chain's alias.</param>
    /// <param name="Connection">Its number: unique while the process lives.</param>
    /// <param name="Grant">How far the grant is verified; <see cref="GrantQuality.Proven"/> if the whole chain is established (G2).</param>
    /// <param name="Took">The time from its arrival until it was established.</param>
    /// <param name="Hops">One for each hop, 0 nearest to tor. Their counts go on growing.</param>
    public sealed record ConnectionOpened(
        string Chain, long Connection, GrantQuality Grant, TimeSpan Took, IReadOnlyList<HopFigures> Hops) : PlaitEvent;

    /// <summary>A connection could not be opened. Nothing further happens to it.</summary>
    /// <param name="Connection">Its number.</param>
    /// <param name="Took">The time from its arrival until it failed.</param>
    /// <param name="Failure">Where and why.</param>
    public sealed record ConnectionFailed(long Connection, TimeSpan Took, ChainFailure Failure) : PlaitEvent;

    /// <summary>A connection has ended, or has broken and only delivers what had arrived.</summary>
    /// <param name="Chain">The chain's alias.</param>
    /// <param name="Connection">Its number.</param>
    /// <param name="Opened">Whether it had been established.</param>
    /// <param name="Outward">Bytes towards the network, counted where the connection was accepted: from tor on a client, to the network on a bridge.</param>
    /// <param name="Inward">Bytes towards tor, counted at the same point.</param>
    /// <param name="Lasted">The time from its arrival to its end.</param>
    /// <param name="Failure">Why it broke; null after an orderly end.</param>
    public sealed record ConnectionEnded(
        string Chain, long Connection, bool Opened, long Outward, long Inward, TimeSpan Lasted, ChainFailure? Failure) : PlaitEvent;

    /// <summary>A connection is established, one direction has moved, and no answer came. Reported once; the connection goes on.</summary>
    /// <param name="Connection">Its number.</param>
    /// <param name="Failure">What was not answered: the cause is <see cref="FailureCause.Stalled"/>.</param>
    public sealed record ConnectionStalled(long Connection, ChainFailure Failure) : PlaitEvent;

    /// <summary>A transport was found to grant connections before they are established. Reported once for each transport while Plait runs.</summary>
    /// <param name="Program">The program's file name.</param>
    /// <param name="Transport">The transport.</param>
    /// <param name="Quality">What it does.</param>
    public sealed record GrantQualityFound(string Program, string Transport, GrantQuality Quality) : PlaitEvent;

    /// <summary>A child has finished its first start.</summary>
    /// <param name="Child">Which.</param>
    /// <param name="ProcessId">Its process id.</param>
    public sealed record ChildStarted(ChildLabel Child, int ProcessId) : PlaitEvent;

    /// <summary>A child ended without being stopped. Plait starts it again.</summary>
    /// <param name="Child">Which.</param>
    /// <param name="End">"exit code 1", or "signal 9".</param>
    /// <param name="LastWords">Its last output, scrubbed; empty if there was none.</param>
    /// <param name="RestartsIn">The pause before its next start, without jitter.</param>
    public sealed record ChildExited(ChildLabel Child, SafeText End, SafeText LastWords, TimeSpan RestartsIn) : PlaitEvent;

    /// <summary>A restart of a child failed. Plait keeps retrying.</summary>
    /// <param name="Child">Which.</param>
    /// <param name="Stage">What was being done.</param>
    /// <param name="Cause">Why it failed.</param>
    /// <param name="Detail">What happened, scrubbed.</param>
    public sealed record ChildStartFailed(ChildLabel Child, ChainStage Stage, FailureCause Cause, SafeText Detail) : PlaitEvent;

    /// <summary>A child did not end with Plait, and was killed. Reported for each of its positions.</summary>
    /// <param name="Child">Which.</param>
    /// <param name="Failure">The position, and what the child was asked.</param>
    public sealed record ChildKilled(ChildLabel Child, ChainFailure Failure) : PlaitEvent;

    /// <summary>A child that had ended runs again.</summary>
    /// <param name="Child">Which.</param>
    /// <param name="ProcessId">Its new process id.</param>
    /// <param name="Restarts">Starts since the first one.</param>
    public sealed record ChildRestarted(ChildLabel Child, int ProcessId, int Restarts) : PlaitEvent;

    /// <summary>Events were lost here: their reader was too slow for the buffer before it.</summary>
    /// <param name="Count">How many.</param>
    public sealed record EventsLeftOut(int Count) : PlaitEvent;
}

/// <summary>Which child an event is about.</summary>
/// <param name="Program">The program's file name.</param>
/// <param name="Positions">The positions that it serves.</param>
public sealed record ChildLabel(string Program, IReadOnlyList<Position> Positions);
