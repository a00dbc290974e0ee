using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Failures;

namespace Plait.Connections;

/// <summary>
/// Connects to the addresses of one name side by side (RFC 8305): the families take turns, each attempt begins a quarter of a second after
/// the one before or as soon as that has failed, and the first connection counts.
/// </summary>
internal static class AddressRace
{
    /// <summary>Section 5 of RFC 8305 recommends 250 ms; Go's net package waits 300 ms.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Addresses that are tried at most (G6). Each holds a descriptor; a name of a bridge has one or two.</summary>
    internal const int MostAddresses = 10;

    /// <summary>In the order of attempts: the families in turn, beginning with the first address's (RFC 8305 section 4).</summary>
    internal static IPEndPoint[] InTurn(IEnumerable<IPEndPoint> addresses)
    {
        IPEndPoint[] all = [.. addresses];
        IPEndPoint[] leading = [.. all.Where(address => address.AddressFamily == all[0].AddressFamily)];
        IPEndPoint[] others = [.. all.Except(leading)];
        IEnumerable<IPEndPoint> turns = Enumerable.Range(0, Math.Max(leading.Length, others.Length))
            .SelectMany(turn => leading.Skip(turn).Take(1).Concat(others.Skip(turn).Take(1)));
        return [.. turns.Take(MostAddresses)];
    }

    /// <summary>The first connection that is made; all other attempts are ended.</summary>
    /// <param name="addresses">In the order of attempts; at least one.</param>
    /// <param name="connect">Makes one attempt.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    /// <exception cref="OutsideException">All have failed: the most telling failure.</exception>
    internal static async Task<SocketConnection> RunAsync(
        IReadOnlyList<IPEndPoint> addresses,
        Func<IPEndPoint, CancellationToken, Task<SocketConnection>> connect,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<SocketConnection>>();
        OutsideException? failure = null;
        int begun = 0;
        try
        {
            while (true)
            {
                if (begun < addresses.Count)
                {
                    attempts.Add(connect(addresses[begun++], decided.Token));
                }

                Task<SocketConnection>? ended = await NextEndAsync(attempts, mayPause: begun < addresses.Count, time, decided.Token).ConfigureAwait(false);
                if (ended is null)
                {
                    continue; // the next attempt begins beside it
                }

                attempts.Remove(ended);
                try
                {
                    return await ended.ConfigureAwait(false);
                }
                catch (OutsideException e)
                {
                    failure = failure is null || Weight(e) > Weight(failure) ? e : failure;
                }

                if (attempts.Count == 0 && begun == addresses.Count)
                {
                    throw failure;
                }
            }
        }
        finally
        {
            await decided.CancelAsync().ConfigureAwait(false);
            attempts.ForEach(attempt => _ = CloseAsync(attempt));
        }
    }

    /// <summary>The next attempt that ends, or null when it is the next address's turn.</summary>
    private static async Task<Task<SocketConnection>?> NextEndAsync(
        List<Task<SocketConnection>> attempts, bool mayPause, TimeProvider time, CancellationToken cancellationToken)
    {
        Task<Task<SocketConnection>> next = Task.WhenAny(attempts);
        if (!mayPause || next.IsCompleted)
        {
            return await next.ConfigureAwait(false);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task first = await Task.WhenAny(next, Task.Delay(Pause, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false); // the timer goes
        cancellationToken.ThrowIfCancellationRequested();
        return first == next ? await next.ConfigureAwait(false) : null;
    }

    // Most telling is a cause on this machine, then an answer of the host, then silence; least is a family without a route.
    private static int Weight(OutsideException failure) => failure.Cause switch
    {
        FailureCause.LimitReached or FailureCause.NotPermitted => 4,
        FailureCause.Refused or FailureCause.Reset => 3,
        FailureCause.TimedOut => 2,
        _ => 1,
    };

    /// <summary>Closes the connection of an attempt that succeeds too late, and drops the failure of one that fails.</summary>
    private static async Task CloseAsync(Task<SocketConnection> attempt)
    {
        try
        {
            SocketConnection late = await attempt.ConfigureAwait(false);
            late.Close();
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // It has not been made.
        }
    }
}
