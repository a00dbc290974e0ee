namespace Plait.Relays;

/// <summary>
/// Lends pipes to directions while bytes are in flight; an idle connection holds none. A direction that gets none copies.
/// Shared by all relays of a host; its lock is held for the time of a push or pop.
/// </summary>
/// <param name="limit">How many pipes may exist (G6): <see cref="Configuration.Limits.MaxPipes"/>.</param>
/// <param name="mostLarge">How many of them may be large: <see cref="Configuration.Limits.MaxLargePipes"/>.</param>
/// <param name="open">Opens one of a size, or of the default size for null.</param>
internal sealed class PipePool(int limit, int mostLarge, Func<int?, Pipe?> open)
{
    /// <summary>
    /// The most that one call moves, and the most that the kernel holds for a destination that does not read. 1 MiB, the most that a
    /// user may ask for (pipe(7), pipe-max-size): sixteen streams cost 180 ms of processor time a GB with it, 400 with
    /// 256 KiB and 480 with 64 KiB, where HAProxy cost 500; one stream 240, 320, 350 and 310 (medians of nine, in turns).
    /// </summary>
    internal const int LargeSize = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Stack<Pipe> _idle = new();
    private int _relays;
    private int _open;
    private int _large;
    private volatile bool _refused;

    /// <summary>
    /// The system does not splice between a socket and a pipe of this pool: the pool lends no more pipes, and relays copy.
    /// </summary>
    internal bool Refused
    {
        get => _refused;
        set => _refused = value;
    }

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

    /// <summary>A relay begins, and calls <see cref="Leave"/> when it ends.</summary>
    internal void Enter()
    {
        lock (_lock)
        {
            _relays++;
        }
    }

    /// <summary>A relay has ended. The last one closes the idle pipes: nothing remains of connections that have ended (G7).</summary>
    internal void Leave()
    {
        Pipe[] idle = [];
        lock (_lock)
        {
            if (--_relays == 0)
            {
                idle = [.. _idle];
                _idle.Clear();
            }
        }

        Array.ForEach(idle, Close);
    }

    /// <summary>An empty pipe, or null if there are too many or no descriptor is free. The caller gives it back by <see cref="Return"/>.</summary>
    internal Pipe? TryLend()
    {
        bool large;
        lock (_lock)
        {
            if (_refused)
            {
                return null;
            }

            if (_idle.TryPop(out Pipe? idle))
            {
                return idle;
            }

            if (_open >= limit)
            {
                return null;
            }

            _open++; // before it exists: no two openers exceed the limit together
            large = _large < mostLarge;
            _large += large ? 1 : 0;
        }

        Pipe? opened = open(large ? LargeSize : null);
        if (opened is null)
        {
            Forget(large);
        }

        return opened;
    }

    /// <summary>Takes a pipe back.</summary>
    /// <param name="pipe">The pipe.</param>
    /// <param name="drained">It is empty. A pipe that still holds bytes of a dead connection is closed.</param>
    internal void Return(Pipe pipe, bool drained)
    {
        lock (_lock)
        {
            if (drained && pipe.IsLarge && _relays > 0 && !_refused)
            {
                _idle.Push(pipe);
                return;
            }
        }

        Close(pipe);
    }

    private void Close(Pipe pipe)
    {
        pipe.Close();
        Forget(pipe.IsLarge);
    }

    private void Forget(bool large)
    {
        lock (_lock)
        {
            _open--;
            _large -= large ? 1 : 0;
        }
    }
}
