using Microsoft.Extensions.Logging;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>
/// Reports the outcome of connections, each once, in the same words to the log and to the observer (G4), once
/// <see cref="FailureInquiry"/> has found the reason.
/// </summary>
/// <param name="observer">Receives the events.</param>
/// <param name="descriptors">Notified of failures for want of a descriptor.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where messages go.</param>
/// <param name="stallTimeout">How long an answer may take before a stall is reported; zero for never.</param>
internal sealed class ConnectionReporter(
    IPlaitObserver observer, DescriptorShortage descriptors, TimeProvider time, ILogger logger, TimeSpan stallTimeout = default)
{
    private readonly StallSweep _stalls = new(stallTimeout, time);
    private readonly FailureInquiry _inquiry = new(time);

    /// <summary>Plait is ending: connections that break from now on break because of that.</summary>
    internal void PlaitEnds() => _inquiry.PlaitEnds = true;

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
        ChildEnded(connection); // a child may have ended in between
    }

    /// <summary>A child of the connection may have ended: reports that at once, while bytes already read are still delivered.</summary>
    internal void ChildEnded(ChainConnection connection)
    {
        lock (connection.Report)
        {
            if (!_inquiry.PlaitEnds && connection.ChildEnd is { } end && connection.Report.TryBreak())
            {
                end = FailureInquiry.WithWords(connection, end);
                Log(end);
                observer.OnEvent(BrokenOf(connection, end));
            }
        }
    }

    /// <summary>The connection could not be opened, or not further.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="failure">Why.</param>
    /// <param name="refuse">
    /// Refuses the client, as soon as the cause is certain: the program's lines are not waited for.
    /// </param>
    /// <param name="level">The level of the log line; null for the failure's own.</param>
    internal async Task FailedAsync(ChainConnection connection, ChainFailure failure, Func<ChainFailure, Task>? refuse = null, LogLevel? level = null)
    {
        TimeSpan took = connection.Age; // without the listening
        _stalls.Forget(connection);
        failure = await _inquiry.CertainAsync(connection, failure).ConfigureAwait(false);
        if (refuse is not null)
        {
            await refuse(failure).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the client has left
        }

        if (failure.Cause == FailureCause.LimitReached)
        {
            descriptors.Refuse(); // reports once, for all connections
        }

        failure = await _inquiry.WithWordsAsync(connection, failure).ConfigureAwait(false);
        lock (connection.Report)
        {
            switch (connection.Report.End())
            {
                case var before and not ConnectionState.Over when FailureInquiry.IsPlaitsEnd(failure):
                    observer.OnEvent(EndOf(
                        connection, before == ConnectionState.Opened, connection.Outermost.Outward, connection.Outermost.Inward, failure: null));
                    break;
                case ConnectionState.New:
                    Log(failure, level);
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
        ChainFailure? failure = await _inquiry.ReasonAsync(connection, result, unanswered: outward > 0 && inward == 0).ConfigureAwait(false);
        lock (connection.Report)
        {
            ConnectionState before = connection.Report.End();
            if (before == ConnectionState.Over)
            {
                return;
            }

            if (logger.IsEnabled(LogLevel.Debug)) // asked first: most connections end like this, and debug lines are seldom on
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

    /// <summary>The bytes of one side were not answered. The connection goes on.</summary>
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

    /// <summary>A connection that stood has broken, while its outermost relay may still deliver.</summary>
    private static PlaitEvent.ConnectionEnded BrokenOf(ChainConnection connection, ChainFailure failure) =>
        EndOf(connection, opened: true, connection.Outermost.Outward, connection.Outermost.Inward, failure);

    private static PlaitEvent.ConnectionEnded EndOf(
        ChainConnection connection, bool opened, long outward, long inward, ChainFailure? failure) =>
        new(connection.Alias, connection.Number, opened, outward, inward, connection.Age, failure);

    private void Log(ChainFailure failure, LogLevel? level = null) =>
        ChainLog.OpeningFailed(logger, level ?? FailureWords.Of(failure.Stage, failure.Cause).Level, failure.Line);
}
