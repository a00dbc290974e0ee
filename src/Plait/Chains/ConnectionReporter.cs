using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>
/// Tells the outcome of connections, each once, in the same words to the log and to the observer (G4). Before it tells of a
/// failure it listens for a moment to the program that is at fault: whether it has ended, and what it said.
/// </summary>
internal sealed class ConnectionReporter(IPlaitObserver observer, TimeProvider time, ILogger logger)
{
    // A program's sockets close before the system tells its parent that it has ended, and its words come by another way
    // than its answer. Both are a matter of a millisecond; on a busy machine of some more.
    private static readonly TimeSpan s_listen = TimeSpan.FromMilliseconds(100);

    internal void Opened(ChainConnection connection)
    {
        if (connection.MarkOpened())
        {
            if (connection.Unproven != GrantHabit.Proven)
            {
                ChainLog.Provisional(logger, connection.Name);
            }

            observer.OnEvent(new PlaitEvent.ConnectionOpened(connection.Alias, connection.Number, connection.Unproven, connection.Hops));
            connection.Reporter = this;
            ChildEnded(connection); // it may have done so in between
        }
    }

    /// <summary>A child of the connection may have ended: that is told at once, while what was read is still delivered.</summary>
    internal void ChildEnded(ChainConnection connection)
    {
        if (connection.ChildEnd is { } end && connection.MarkBroken())
        {
            end = WithWords(connection, end);
            Log(end);
            observer.OnEvent(EndOf(connection, opened: true, connection.Hops[0].Outward, connection.Hops[0].Inward, end));
        }
    }

    /// <summary>The connection could not be opened, or not further.</summary>
    /// <returns>The failure as it was told: a program that ended is the cause of what broke with it.</returns>
    internal async ValueTask<ChainFailure> FailedAsync(ChainConnection connection, ChainFailure failure)
    {
        failure = await ListenAsync(connection, failure).ConfigureAwait(false);
        switch (connection.MarkOver())
        {
            case ConnectionState.New:
                Log(failure);
                observer.OnEvent(new PlaitEvent.ConnectionFailed(connection.Number, failure));
                break;
            case ConnectionState.Opened:
                Log(failure);
                observer.OnEvent(EndOf(connection, opened: true, outward: 0, inward: 0, failure));
                break;
        }

        return failure;
    }

    /// <summary>The connection's outermost relay has ended.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="result">How.</param>
    /// <param name="outward">Bytes from tor to the network.</param>
    /// <param name="inward">Bytes from the network to tor.</param>
    internal async Task EndedAsync(ChainConnection connection, RelayEnd result, long outward, long inward)
    {
        ChainFailure? failure = await ReasonAsync(connection, result).ConfigureAwait(false);
        ConnectionState before = connection.MarkOver();
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

        observer.OnEvent(EndOf(connection, before == ConnectionState.Opened, outward, inward, failure));
    }

    /// <summary>Why a connection that had been granted ended, if not as connections do.</summary>
    private async ValueTask<ChainFailure?> ReasonAsync(ChainConnection connection, RelayEnd result)
    {
        if (result == RelayEnd.Canceled)
        {
            return connection.NewFailure(null, ChainStage.Shutdown, FailureCause.Canceled, $"Plait is ending");
        }

        // A dial that failed may have been got over: an indirect transport makes as many as it likes.
        if (connection.Failure is { } failure && (connection.Provisional || failure.Stage == ChainStage.Relay))
        {
            return await ListenAsync(connection, failure).ConfigureAwait(false);
        }

        await connection.HearChildEndAsync(s_listen, time).ConfigureAwait(false);
        if (connection.ChildEnd is { } end)
        {
            return WithWords(connection, end);
        }

        if (result == RelayEnd.FirstFailed)
        {
            return null; // whoever asked broke it off
        }

        return connection.Lost ?? (result == RelayEnd.SecondFailed
            ? connection.NewFailure(null, ChainStage.Relay, FailureCause.Reset, $"the chain reset it")
            : null);
    }

    private async ValueTask<ChainFailure> ListenAsync(ChainConnection connection, ChainFailure failure)
    {
        if (failure is not { Hop: { } hop, Stage: ChainStage.Dial or ChainStage.Grant or ChainStage.Joint or ChainStage.Relay })
        {
            return failure;
        }

        bool mayHaveEnded = failure.Cause is FailureCause.Reset or FailureCause.Refused or FailureCause.Exited;
        await connection.HearAsync(hop, alsoEnd: mayHaveEnded, s_listen, time).ConfigureAwait(false);
        return WithWords(connection, mayHaveEnded && connection.ChildEnd is { } end ? end : failure);
    }

    /// <summary>What the hop's program said lately belongs to the failure (M54: parsed, scrubbed, bounded).</summary>
    private static ChainFailure WithWords(ChainConnection connection, ChainFailure failure) =>
        failure.Hop is { } hop && connection.Hops[hop].WordsLately() is { IsEmpty: false } words
            ? failure with { Detail = $"{failure.Detail}; its program said: {words}" }
            : failure;

    private static PlaitEvent.ConnectionEnded EndOf(
        ChainConnection connection, bool opened, long outward, long inward, ChainFailure? failure) =>
        new(connection.Alias, connection.Number, opened, outward, inward, connection.Age, failure);

    private void Log(ChainFailure failure) =>
        ChainLog.OpeningFailed(logger, FailureWords.Of(failure.Stage, failure.Cause).Level, failure.Line);
}
