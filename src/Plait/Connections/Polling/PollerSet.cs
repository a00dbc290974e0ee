using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>A turn on a poller's thread that took longer than the rule allows.</summary>
/// <param name="What">What ran: the type of the work, or "event".</param>
/// <param name="Took">How long it took.</param>
internal readonly record struct LongTurn(string What, TimeSpan Took);

/// <summary>
/// The pollers of one host: one per processor, up to eight. Each starts when its turn first comes. Two sets share nothing; the end of a set
/// ends its threads and closes its descriptors.
/// </summary>
[ProgramSeam]
internal sealed class PollerSet : IAsyncDisposable
{
    // Longer than any turn takes, and short beside the end of a host.
    private static readonly TimeSpan s_lastTurn = TimeSpan.FromSeconds(1);

    // Each moves more than 2 GB/s: more of them would be threads that a small system counts, and nothing gained.
    private const int MostPollers = 8;

    private readonly Lock _lock = new();
    private readonly Poller?[] _all = new Poller?[ThreadLimit.IsLow ? 1 : Math.Min(Environment.ProcessorCount, MostPollers)];
    private uint _next;
    private bool _disposed;

    /// <summary>Reports an error that no code on a poller's thread had foreseen. It ended one connection. A handler must not wait.</summary>
    internal event Action<Exception>? Unexpected;

    /// <summary>Reports turns of more than <see cref="Poller.LongestTurn"/>, in debug builds. A handler must not wait.</summary>
    internal event Action<LongTurn>? TurnWasLong;

    /// <summary>Sockets wait by these pollers; if false, by the runtime. Everywhere but on Linux they do, and in tests of that back-end.</summary>
    internal bool WatchSockets { get; init; } = OperatingSystem.IsLinux();

    /// <summary>How many pollers there can be.</summary>
    internal int Count => _all.Length;

    /// <summary>The poller for the next socket; they take turns.</summary>
    /// <exception cref="IOException">The system gives none, for instance because no descriptor is free; or the set has ended.</exception>
    internal Poller Next()
    {
        uint index = Interlocked.Increment(ref _next) % (uint)_all.Length;
        return Volatile.Read(ref _all[index]) ?? Start(index);
    }

    /// <summary>Starts all of them now, instead of with the sockets that they watch.</summary>
    /// <exception cref="IOException">The system gives none.</exception>
    internal void StartAll()
    {
        for (int i = 0; i < _all.Length; i++)
        {
            _ = Next();
        }
    }

    /// <summary>
    /// Ends the threads and closes their descriptors. Waits that are still in progress fail, and relays that still run are broken off.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Poller[] started;
        lock (_lock)
        {
            _disposed = true;
            started = [.. _all.OfType<Poller>()];
            Array.Clear(_all);
        }

        // Bounded: a handler of the application may hold a thread, or may be the one that waits here.
        await Task.WhenAll(started.Select(poller => poller.EndAsync())).WaitAsync(s_lastTurn, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Passes an error on to <see cref="Unexpected"/>.</summary>
    internal void Report(Exception error)
    {
        try
        {
            Unexpected?.Invoke(error);
        }
        catch (Exception)
        {
            // A log that fails must not end the relays.
        }
    }

    /// <summary>Passes a long turn on to <see cref="TurnWasLong"/>.</summary>
    internal void Report(LongTurn turn)
    {
        try
        {
            TurnWasLong?.Invoke(turn);
        }
        catch (Exception)
        {
            // As above.
        }
    }

    private Poller Start(uint index)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                throw new IOException("connections cannot be watched: the host has ended");
            }

            if (_all[index] is { } started)
            {
                return started;
            }

            try
            {
                var poller = Poller.Start(this, $"Plait poller {index}");
                Volatile.Write(ref _all[index], poller);
                return poller;
            }
            catch (IOException) when (Array.Find(_all, other => other is not null) is not null)
            {
                return Array.Find(_all, other => other is not null)!; // one thread less must do for now
            }
        }
    }
}
