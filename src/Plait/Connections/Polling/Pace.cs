namespace Plait.Connections.Polling;

/// <summary>
/// How a poller's thread is scheduled. While many bytes move it works in batches (SCHED_BATCH, sched(7)): it does not interrupt the program
/// that wakes it. On a busy machine that is the program whose bytes are relayed; its next writes are then taken together, and a two-hop chain
/// of sixteen streams carries a seventh more. Otherwise the thread is woken as any other, because bytes that are taken together leave as one
/// segment: small writes that arrive alone must leave alone (G12), and an answer must not wait.
/// </summary>
/// <remarks>
/// Measured with forty writes of 100 bytes at once: 34 to 40 segments with the usual policy where a processor is free, and nearly always two
/// (3400 and 600 bytes) in batches. Used by the poller's thread only.
/// </remarks>
internal sealed class Pace
{
    /// <summary>The shortest time over which the rate is taken before batches begin, in milliseconds.</summary>
    internal const int Window = 20;

    /// <summary>The same before batches end, in milliseconds: longer than a busy machine keeps a sender from its processor.</summary>
    internal const int WindowOfBatches = 200;

    // Bytes per millisecond. From 32 Mbit/s on a stream fills its segments in any case. Batches end at half of that, so that the state does not
    // change with each window.
    private const long Begins = 4000, Ends = 2000;

    private readonly Action<bool> _schedule;
    private long _moved;
    private long _since;

    /// <param name="schedule">Schedules the thread in batches (true) or as usual.</param>
    internal Pace(Action<bool> schedule) => _schedule = schedule;

    /// <summary>Whether the thread works in batches.</summary>
    internal bool IsBatch { get; private set; }

    /// <summary>Counts bytes that the thread has moved.</summary>
    internal void Moved(int bytes) => _moved += bytes;

    /// <summary>Chooses again once the window is over.</summary>
    /// <param name="now">The time in milliseconds.</param>
    internal void Choose(long now)
    {
        long elapsed = now - _since;
        if (elapsed < (IsBatch ? WindowOfBatches : Window))
        {
            return;
        }

        bool batch = _moved >= elapsed * (IsBatch ? Ends : Begins);
        (_moved, _since) = (0, now);
        if (batch != IsBatch)
        {
            IsBatch = batch;
            _schedule(batch);
        }
    }
}
