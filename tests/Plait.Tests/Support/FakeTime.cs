using System.Threading.Channels;

namespace Plait.Tests.Support;

/// <summary>
/// A clock that stands still until a test moves it. Each timer that is set is told to the test, so that it can wait until
/// the code under test waits.
/// </summary>
internal sealed class FakeTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly Channel<TimeSpan> _armed = Channel.CreateUnbounded<TimeSpan>();
    private readonly Channel<TimeSpan> _read = Channel.CreateUnbounded<TimeSpan>();
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        TimeSpan now = _now;
        _read.Writer.TryWrite(now);
        return now.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The next timer that was set since the last one that was asked for: for how long.</summary>
    internal Task<TimeSpan> ArmedAsync() => _armed.Reader.ReadAsync(Deadline.Token).AsTask().Within("a timer is set");

    /// <summary>The next time that the clock was looked at since the last one that was asked for.</summary>
    internal Task<TimeSpan> ReadAsync() => _read.Reader.ReadAsync(Deadline.Token).AsTask().Within("the clock is read");

    /// <summary>Moves the clock on; what falls due, fires.</summary>
    internal void Advance(TimeSpan by)
    {
        FakeTimer[] due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(due.Contains);
        }

        Array.ForEach(due, timer => timer.Fire());
    }

    private sealed class FakeTimer(FakeTime time, Action fire) : ITimer
    {
        internal TimeSpan Due { get; private set; }

        internal void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                    time._armed.Writer.TryWrite(dueTime);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
