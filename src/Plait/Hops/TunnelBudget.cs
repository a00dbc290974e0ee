namespace Plait.Hops;

/// <summary>How many processes of a client may run that are started for one target or one set of arguments (G6).</summary>
/// <param name="limit"><see cref="Configuration.Limits.MaxTunnels"/>.</param>
internal sealed class TunnelBudget(int limit)
{
    private readonly Lock _lock = new();
    private readonly List<Func<Task<bool>>> _pools = [];
    private int _taken;
    private int _ending;
    private TaskCompletionSource _released = New();

    /// <summary>The limit.</summary>
    internal int Limit => limit;

    /// <summary>Adds a pool.</summary>
    /// <param name="stopIdle">Stops one process of it that has no connection, and completes when that has ended; false if there is none.</param>
    internal void Add(Func<Task<bool>> stopIdle)
    {
        lock (_lock)
        {
            _pools.Add(stopIdle);
        }
    }

    /// <summary>Takes one, if there is one; then <see cref="Release"/> is owed.</summary>
    internal bool TryTake()
    {
        lock (_lock)
        {
            return _taken < limit && ++_taken > 0;
        }
    }

    /// <summary>One that was taken is about to be released.</summary>
    internal void Ends()
    {
        lock (_lock)
        {
            _ending++;
        }
    }

    /// <summary>Gives one back, after <see cref="Ends"/>.</summary>
    internal void Release()
    {
        TaskCompletionSource released;
        lock (_lock)
        {
            _taken--;
            _ending--;
            (released, _released) = (_released, New());
        }

        released.SetResult();
    }

    /// <summary>Makes room by the end of a process that has no connection, or waits for one that is about to end.</summary>
    /// <returns>False if all of them have connections.</returns>
    internal async Task<bool> MakeRoomAsync()
    {
        if (await StopIdleAsync().ConfigureAwait(false))
        {
            return true;
        }

        Task released;
        lock (_lock)
        {
            if (_taken < limit)
            {
                return true; // meanwhile
            }

            if (_ending == 0)
            {
                return false;
            }

            released = _released.Task;
        }

        await released.ConfigureAwait(false);
        return true;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<bool> StopIdleAsync()
    {
        List<Func<Task<bool>>> pools;
        lock (_lock)
        {
            pools = [.. _pools];
        }

        foreach (Func<Task<bool>> pool in pools)
        {
            if (await pool().ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }
}
