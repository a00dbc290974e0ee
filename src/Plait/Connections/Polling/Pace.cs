namespace Plait.Connections.Polling;

/// <summary>
/// How a poller's thread is scheduled. While much is moved it works in batches (SCHED_BATCH, sched(7)): the program that wakes it is not
/// interrupted for it. On a busy machine that is the program whose bytes are to be relayed, and what it goes on to write is then taken at one
/// time: a two-hop chain of sixteen streams carries a seventh more. Else it is woken as any other thread, because what is taken at one
/// time leaves as one segment: small writes that arrive alone are to leave alone (G12), and an answer should not wait.
/// </summary>
/// <remarks>
/// Measured with forty writes of 100 bytes at once: 34 to 40 segments with the usual policy where a processor is free, and nearly always two
/// (3400 and 600 bytes) in batches. Used by the poller's thread only.
/// </remarks>
internal sealed class Pace
{
    /// <summary>The shortest time over which the rate is taken before batches begin, in milliseconds.</summary>
    internal const int Window = 20;

    /// <summary>The same before they end: longer than a busy machine keeps a sender from its processor.</summary>
    internal const int WindowOfBatches = 200;

    // Bytes a millisecond: from 32 Mbit/s on a stream fills its segments in any case. Half of it keeps the state from changing with each window.
    private const long Begins = 4000, Ends = 2000;

    private readonly Action<bool> _schedule;
    private long _moved;
    private long _since;

    /// <param name="schedule">Has the thread scheduled in batches, or not.</param>
    internal Pace(Action<bool> schedule) => _schedule = schedule;

    /// <summary>The thread works in batches.</summary>
    internal bool IsBatch { get; private set; }

    /// <summary>Counts bytes that were moved.</summary>
    internal void Moved(int bytes) => _moved += bytes;

    /// <summary>Chooses anew, if it is time to.</summary>
    /// <param name="now">In milliseconds.</param>
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
