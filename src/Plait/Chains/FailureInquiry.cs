using Plait.Diagnostics;
using Plait.Diagnostics.Failures;

namespace Plait.Chains;

/// <summary>
/// Finds the reason for which a connection failed or ended. For that it listens for a moment to the program at fault: whether the
/// program has ended, and its last lines.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class FailureInquiry(TimeProvider time)
{
    // A program's lines come by another way than its answer: a millisecond later, or a few on a busy machine. A program that has been
    // silent for this long has written all that it will write.
    private static readonly TimeSpan s_listen = TimeSpan.FromMilliseconds(100);

    // A program's sockets close before the system reports its end to its parent. Where a connection broke off without
    // a line, that is the likeliest reason, and worth a longer wait. It is also the most that lines are waited for.
    private static readonly TimeSpan s_listenForEnd = TimeSpan.FromMilliseconds(500);

    private volatile bool _plaitEnds;

    /// <summary>Plait is ending: connections that break from now on break because of that.</summary>
    internal bool PlaitEnds
    {
        get => _plaitEnds;
        set => _plaitEnds = value;
    }

    /// <summary>The failure that ended a connection; null for an orderly end.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="result">How its outermost relay ended: the first side is the one that asked.</param>
    /// <param name="unanswered">Bytes went out and none came back.</param>
    internal async ValueTask<ChainFailure?> ReasonAsync(ChainConnection connection, RelayEnd result, bool unanswered)
    {
        if (result == RelayEnd.Canceled || PlaitEnds)
        {
            return null; // Plait ends, which is no failure
        }

        // If the connection stands, a later dial may have succeeded: an indirect transport makes as many as it likes. If it does
        // not stand, the failure is reported: by the part that noticed it, or here if this end comes first.
        if (connection.Failure is { } failure && (connection.Provisional || !connection.Report.IsOpened || failure.Stage == ChainStage.Relay))
        {
            failure = await CertainAsync(connection, failure).ConfigureAwait(false);
            return IsPlaitsEnd(failure) ? null : await WithWordsAsync(connection, failure).ConfigureAwait(false);
        }

        bool brokeOff = result == RelayEnd.SecondFailed;
        await connection.HearChildEndAsync(brokeOff ? s_listenForEnd : s_listen, s_listenForEnd).ConfigureAwait(false);
        if (PlaitEnds)
        {
            return null;
        }

        if ((connection.ChildEnd ?? connection.NeverEntered(unanswered)) is { } reason)
        {
            return WithWords(connection, connection.Advised(reason));
        }

        if (result == RelayEnd.FirstFailed)
        {
            return null; // the client broke it off
        }

        // A client that never came as far as tor was a stranger: the wire hop turned it away in its own manner.
        return (connection.Lost ?? (brokeOff && connection.Report.IsOpened ? connection.OutermostReset() : null)) is { } lost
            ? connection.Advised(lost)
            : null;
    }

    /// <summary>Whether a failure only says that Plait is ending.</summary>
    internal static bool IsPlaitsEnd(ChainFailure failure) => failure is { Stage: ChainStage.Shutdown, Cause: FailureCause.Canceled };

    private static ChainFailure Ending(ChainConnection connection) =>
        connection.NewFailure(null, ChainStage.Shutdown, FailureCause.Canceled, $"Plait is ending");

    /// <summary>The failure, once its cause is certain: if a program has ended, that is the cause of all that broke with it.</summary>
    internal async ValueTask<ChainFailure> CertainAsync(ChainConnection connection, ChainFailure failure)
    {
        // An answer is certain, and so is a time-out. A refusing port and a connection that closes without an answer may
        // be the remains of a program that has ended.
        bool mayHaveEnded = failure is
            { Stage: ChainStage.Dial, Cause: FailureCause.Refused or FailureCause.Reset } or
            { Stage: ChainStage.Grant or ChainStage.Joint, Cause: FailureCause.Reset };
        if (!PlaitEnds && mayHaveEnded && failure.Hop is { } hop)
        {
            await connection.HearEndAsync(hop, s_listenForEnd).ConfigureAwait(false);
            failure = connection.ChildEnd ?? failure;
        }

        // Not permitted is an echo too: when the network has ended the way on, a hop that dials its joint is turned away there. So is a
        // time-out, if the wait was given up because the connection was over.
        bool mayBeAnEcho = failure is { Stage: ChainStage.Grant, Cause: FailureCause.Refused or FailureCause.Reset or FailureCause.NotPermitted }
            || (failure.Cause == FailureCause.TimedOut && connection.Ending.IsCancellationRequested);
        if (mayBeAnEcho && connection.Lost is { Stage: ChainStage.OutsideConnection or ChainStage.Grant } network)
        {
            failure = network;
        }

        return PlaitEnds ? Ending(connection) : connection.Advised(failure);
    }

    /// <summary>Gives the program's lines about a failure a moment to arrive.</summary>
    internal async ValueTask<ChainFailure> WithWordsAsync(ChainConnection connection, ChainFailure failure)
    {
        // A limit that is reached is Plait's own, and the connection holds the last descriptor.
        if (failure is
            { Hop: { } hop, Stage: ChainStage.Dial or ChainStage.Grant or ChainStage.Joint or ChainStage.Relay, Cause: not FailureCause.LimitReached })
        {
            await connection.Hops[hop].HearAsync(s_listen, s_listenForEnd, time).ConfigureAwait(false);
            return WithWords(connection, failure);
        }

        return failure;
    }

    /// <summary>Adds the last lines of the hop's program to the failure (M54: parsed, scrubbed, bounded).</summary>
    internal static ChainFailure WithWords(ChainConnection connection, ChainFailure failure) =>
        failure.Hop is { } hop && connection.Hops[hop].WordsLately() is { IsEmpty: false } words
            ? failure with { Detail = $"{failure.Detail}; its program said: {words}" }
            : failure;
}
