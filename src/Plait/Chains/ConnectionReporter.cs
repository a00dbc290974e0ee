using Microsoft.Extensions.Logging;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>
/// Tells the outcome of connections, each once, in the same words to the log and to the observer (G4). Before it tells of a
/// failure it listens for a moment to the program that is at fault: whether it has ended, and what it said.
/// </summary>
/// <param name="observer">Who is told.</param>
/// <param name="descriptors">Told of failures for want of a descriptor.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where messages go.</param>
/// <param name="stallTimeout">How long an answer may take before a stall is told; zero for never.</param>
internal sealed class ConnectionReporter(
    IPlaitObserver observer, DescriptorShortage descriptors, TimeProvider time, ILogger logger, TimeSpan stallTimeout = default)
{
    // A program's words come by another way than its answer: a matter of a millisecond, on a busy machine of some more. When it has
    // been silent for so long it has said what it has to say.
    private static readonly TimeSpan s_listen = TimeSpan.FromMilliseconds(100);

    // A program's sockets close before the system tells its parent that it has ended. Where a connection broke off without
    // a word, that is the likeliest reason, and worth a longer wait. Nor are words waited for any longer.
    private static readonly TimeSpan s_listenForEnd = TimeSpan.FromMilliseconds(500);

    private readonly StallSweep _stalls = new(stallTimeout, time);
    private volatile bool _ending;

    /// <summary>Plait is ending: what breaks from now on, breaks because of that.</summary>
    internal void PlaitEnds() => _ending = true;

    internal void Opened(ChainConnection connection)
    {
        lock (connection.Report)
        {
            if (!connection.Report.TryOpen())
            {
                return;
            }

            connection.Stands();

            if (connection.Provisional)
            {
                ChainLog.Provisional(logger, connection.Name);
            }

            observer.OnEvent(new PlaitEvent.ConnectionOpened(
                connection.Alias, connection.Number, connection.Grant, connection.Age, connection.Hops));
        }

        connection.Report.Reporter = this;
        _stalls.Watch(connection);
        ChildEnded(connection); // it may have done so in between
    }

    /// <summary>A child of the connection may have ended: that is told at once, while what was read is still delivered.</summary>
    internal void ChildEnded(ChainConnection connection)
    {
        lock (connection.Report)
        {
            if (!_ending && connection.ChildEnd is { } end && connection.Report.TryBreak())
            {
                end = WithWords(connection, end);
                Log(end);
                observer.OnEvent(BrokenOf(connection, end));
            }
        }
    }

    /// <summary>The connection could not be opened, or not further.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="failure">Why.</param>
    /// <param name="refuse">
    /// Refuses whoever asked, as soon as the cause is certain: what the program has to say of it is not waited for.
    /// </param>
    internal async Task FailedAsync(ChainConnection connection, ChainFailure failure, Func<ChainFailure, Task>? refuse = null)
    {
        TimeSpan took = connection.Age; // not the listening, too
        _stalls.Forget(connection);
        failure = await CertainAsync(connection, failure).ConfigureAwait(false);
        if (refuse is not null)
        {
            await refuse(failure).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whoever asked has left
        }

        if (failure.Cause == FailureCause.LimitReached)
        {
            descriptors.Refuse(); // says so once, for all of them
        }

        failure = await WithWordsAsync(connection, failure).ConfigureAwait(false);
        lock (connection.Report)
        {
            switch (connection.Report.End())
            {
                case var before and not ConnectionState.Over when IsPlaitsEnd(failure):
                    observer.OnEvent(EndOf(connection, before == ConnectionState.Opened, connection.Outermost.Outward, connection.Outermost.Inward, failure: null));
                    break;
                case ConnectionState.New:
                    Log(failure);
                    observer.OnEvent(new PlaitEvent.ConnectionFailed(connection.Number, took, failure));
                    break;
                case ConnectionState.Opened:
                    Log(failure);
                    observer.OnEvent(BrokenOf(connection, failure));
                    break;
            }
        }
    }

    /// <summary>The connection's outermost relay has ended.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="result">Whose fault that was: <see cref="RelayResult.Fault"/>.</param>
    /// <param name="outward">Bytes from tor to the network.</param>
    /// <param name="inward">Bytes from the network to tor.</param>
    internal async Task EndedAsync(ChainConnection connection, RelayEnd result, long outward, long inward)
    {
        TimeSpan took = connection.Age;
        _stalls.Forget(connection);
        ChainFailure? failure = await ReasonAsync(connection, result, unanswered: outward > 0 && inward == 0).ConfigureAwait(false);
        lock (connection.Report)
        {
            ConnectionState before = connection.Report.End();
            if (before == ConnectionState.Over)
            {
                return;
            }

            if (logger.IsEnabled(LogLevel.Debug)) // asked first: most connections end like this, and nobody listens
            {
                ChainLog.Closed(logger, connection.Name, result, outward, inward);
            }

            if (failure is not null)
            {
                Log(failure);
            }

            observer.OnEvent(before == ConnectionState.New && failure is not null
                ? new PlaitEvent.ConnectionFailed(connection.Number, took, failure)
                : EndOf(connection, before == ConnectionState.Opened, outward, inward, failure));
        }
    }

    /// <summary>What one side said was not answered. The connection goes on.</summary>
    internal void Stalled(ChainConnection connection)
    {
        ChainFailure failure = connection.Advised(connection.NewFailure(null, ChainStage.Relay, FailureCause.Stalled,
            $"{connection.WhatIsUnanswered} has not been answered within {stallTimeout.TotalSeconds:0.#} s"));
        lock (connection.Report)
        {
            if (connection.Report.IsOpened) // and not over, in between
            {
                Log(failure);
                observer.OnEvent(new PlaitEvent.ConnectionStalled(connection.Number, failure));
            }
        }
    }

    /// <summary>Why a connection ended, if not as connections do.</summary>
    private async ValueTask<ChainFailure?> ReasonAsync(ChainConnection connection, RelayEnd result, bool unanswered)
    {
        if (result == RelayEnd.Canceled || _ending)
        {
            return null; // Plait ends: that is no failure
        }

        // A dial that failed may have been got over where the connection stands: an indirect transport makes as many as it
        // likes. Where it does not, the failure is being told: by whoever noticed it, or here, if this end is there first.
        if (connection.Failure is { } failure && (connection.Provisional || !connection.Report.IsOpened || failure.Stage == ChainStage.Relay))
        {
            failure = await CertainAsync(connection, failure).ConfigureAwait(false);
            return IsPlaitsEnd(failure) ? null : await WithWordsAsync(connection, failure).ConfigureAwait(false);
        }

        bool brokeOff = result == RelayEnd.SecondFailed;
        await connection.HearChildEndAsync(brokeOff ? s_listenForEnd : s_listen, s_listenForEnd).ConfigureAwait(false);
        if (_ending)
        {
            return null;
        }

        if ((connection.ChildEnd ?? connection.NeverEntered(unanswered)) is { } reason)
        {
            return WithWords(connection, connection.Advised(reason));
        }

        if (result == RelayEnd.FirstFailed)
        {
            return null; // whoever asked broke it off
        }

        // A client that never came as far as tor was a stranger to the wire hop, which turned it away in its own manner.
        return (connection.Lost ?? (brokeOff && connection.Report.IsOpened ? connection.OutermostReset() : null)) is { } lost ? connection.Advised(lost) : null;
    }

    private static bool IsPlaitsEnd(ChainFailure failure) => failure is { Stage: ChainStage.Shutdown, Cause: FailureCause.Canceled };

    private static ChainFailure Ending(ChainConnection connection) =>
        connection.NewFailure(null, ChainStage.Shutdown, FailureCause.Canceled, $"Plait is ending");

    /// <summary>The failure, once no other cause can stand behind it: a program that ended is the cause of what broke with it.</summary>
    private async ValueTask<ChainFailure> CertainAsync(ChainConnection connection, ChainFailure failure)
    {
        // What was answered, and what was waited for in vain, is certain. A port that refuses and a connection without an
        // answer may be what a program has left behind.
        bool mayHaveEnded = failure is
            { Stage: ChainStage.Dial, Cause: FailureCause.Refused or FailureCause.Reset } or
            { Stage: ChainStage.Grant or ChainStage.Joint, Cause: FailureCause.Reset };
        if (!_ending && mayHaveEnded && failure.Hop is { } hop)
        {
            await connection.HearEndAsync(hop, s_listenForEnd).ConfigureAwait(false);
            failure = connection.ChildEnd ?? failure;
        }

        // Not permitted, too: a hop that dials its joint when the network has ended what is behind it is turned away there. And timed out,
        // where what waited was given up because the connection was over by then.
        bool mayBeAnEcho = failure is { Stage: ChainStage.Grant, Cause: FailureCause.Refused or FailureCause.Reset or FailureCause.NotPermitted }
            || (failure.Cause == FailureCause.TimedOut && connection.Ending.IsCancellationRequested);
        if (mayBeAnEcho && connection.Lost is { Stage: ChainStage.OutsideConnection or ChainStage.Grant } network)
        {
            failure = network;
        }

        return _ending ? Ending(connection) : connection.Advised(failure);
    }

    /// <summary>What the hop's program says of a failure is given a moment to arrive.</summary>
    private async ValueTask<ChainFailure> WithWordsAsync(ChainConnection connection, ChainFailure failure)
    {
        // A limit that is reached is our own, and what the connection holds is the last there is.
        if (failure is { Hop: { } hop, Stage: ChainStage.Dial or ChainStage.Grant or ChainStage.Joint or ChainStage.Relay, Cause: not FailureCause.LimitReached })
        {
            await connection.Hops[hop].HearAsync(s_listen, s_listenForEnd, time).ConfigureAwait(false);
            return WithWords(connection, failure);
        }

        return failure;
    }

    /// <summary>What the hop's program said lately belongs to the failure (M54: parsed, scrubbed, bounded).</summary>
    private static ChainFailure WithWords(ChainConnection connection, ChainFailure failure) =>
        failure.Hop is { } hop && connection.Hops[hop].WordsLately() is { IsEmpty: false } words
            ? failure with { Detail = $"{failure.Detail}; its program said: {words}" }
            : failure;

    /// <summary>What stood has broken, while its outermost relay may still deliver.</summary>
    private static PlaitEvent.ConnectionEnded BrokenOf(ChainConnection connection, ChainFailure failure) =>
        EndOf(connection, opened: true, connection.Outermost.Outward, connection.Outermost.Inward, failure);

    private static PlaitEvent.ConnectionEnded EndOf(
        ChainConnection connection, bool opened, long outward, long inward, ChainFailure? failure) =>
        new(connection.Alias, connection.Number, opened, outward, inward, connection.Age, failure);

    private void Log(ChainFailure failure) =>
        ChainLog.OpeningFailed(logger, FailureWords.Of(failure.Stage, failure.Cause).Level, failure.Line);
}
