namespace Plait.Relays;

/// <summary>
/// Lends pipes to directions while bytes are in flight; an idle connection holds none. A direction that gets none copies.
/// Shared by all relays: pollers take turns at it for the time of a push or pop.
/// </summary>
/// <param name="limit">How many pipes may exist (G6).</param>
internal sealed class PipePool(int limit)
{
    /// <summary>
    /// Pipes of the whole process. 512: a pipe stays with a direction only while its receiver does not keep up, or for
    /// microseconds; past that many stalled receivers their bytes are copied. Half of the descriptors of a process that
    /// has 2,048, a twentieth where there are 20,000 (design section 7).
    /// </summary>
    internal const int DefaultLimit = 512;

    // Kept for the next; what a burst needed beyond that is given back to the system.
    private const int KeptIdle = 64;

    // 256 KiB in one call: 64 slots of a page or more each. Fewer calls gain nothing measurable, and a receiver that does
    // not read holds no more than this in the kernel for us.
    internal const int PipeSize = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly Stack<Pipe> _idle = new();
    private int _open;

    /// <summary>The pool of this process.</summary>
    internal static PipePool Shared { get; } = new(DefaultLimit);

    /// <summary>Pipes that exist, lent or idle: a counter for G6 and G7.</summary>
    internal int Open => Volatile.Read(ref _open);

    /// <summary>Pipes that are lent.</summary>
    internal int Lent
    {
        get
        {
            lock (_lock)
            {
                return _open - _idle.Count;
            }
        }
    }

    /// <summary>An empty pipe, or null if there are too many or no descriptor is free. To be given back.</summary>
    internal Pipe? TryLend()
    {
        lock (_lock)
        {
            if (_idle.TryPop(out Pipe? idle))
            {
                return idle;
            }

            if (_open == limit)
            {
                return null;
            }

            _open++; // before it exists: no two openers exceed the limit together
        }

        Pipe? opened = Pipe.TryOpen(PipeSize);
        if (opened is null)
        {
            lock (_lock)
            {
                _open--;
            }
        }

        return opened;
    }

    /// <summary>Takes a pipe back.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="drained">Nothing is left in it. One that holds bytes of a dead connection is closed.</param>
    internal void Return(Pipe pipe, bool drained)
    {
        lock (_lock)
        {
            if (drained && _idle.Count < KeptIdle)
            {
                _idle.Push(pipe);
                return;
            }

            _open--;
        }

        pipe.Close();
    }
}
