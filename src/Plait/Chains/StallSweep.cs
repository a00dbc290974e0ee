namespace Plait.Chains;

/// <summary>
/// Reports, once, each connection that moved bytes in one direction and never got an answer. The connection goes on: tor judges
/// whether the other side is slow or gone.
/// </summary>
/// <remarks>
/// A connection costs an entry in one set until it is answered, which nearly all are at once, and no timer: one sweep looks
/// through the set while there is something in it, four times in <paramref name="timeout"/>, so a stall is reported after that
/// time and at most a quarter late.
/// </remarks>
/// <param name="timeout">How long an answer may take; zero to watch nothing.</param>
/// <param name="time">The clock.</param>
internal sealed class StallSweep(TimeSpan timeout, TimeProvider time)
{
    private const int SweepsPerTimeout = 4;

    private readonly Lock _lock = new();
    private readonly HashSet<ChainConnection> _unanswered = [];
    private ITimer? _timer;

    /// <summary>Connections that are watched.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _unanswered.Count;
            }
        }
    }

    /// <summary>A connection stands: from now on it is watched.</summary>
    internal void Watch(ChainConnection connection)
    {
        if (timeout == TimeSpan.Zero)
        {
            return;
        }

        lock (_lock)
        {
            _unanswered.Add(connection);
            _timer ??= NewTimer();
        }
    }

    /// <summary>A connection is over.</summary>
    internal void Forget(ChainConnection connection)
    {
        lock (_lock)
        {
            _unanswered.Remove(connection);
        }
    }

    private ITimer NewTimer() => time.CreateTimer(
        static sweep => ((StallSweep)sweep!).Sweep(), this, timeout / SweepsPerTimeout, Timeout.InfiniteTimeSpan);

    private void Sweep()
    {
        List<ChainConnection> stalled = [];
        lock (_lock)
        {
            _unanswered.RemoveWhere(connection => connection.IsAnswered);
            stalled.AddRange(_unanswered.Where(connection => connection.Unanswered >= timeout));
            _unanswered.ExceptWith(stalled);
            _timer?.Dispose();
            _timer = _unanswered.Count > 0 ? NewTimer() : null; // without a connection to watch, Plait sleeps
        }

        stalled.ForEach(connection => connection.Report.Reporter?.Stalled(connection)); // not under the lock: observers are called
    }
}
