using System.Threading.Tasks.Sources;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>Waits for parts of a millisecond, one wait at a time, without allocation. The runtime's timers have whole milliseconds (O4-45).</summary>
/// <param name="time">The clock. A clock of its own, as tests have, keeps the time itself.</param>
internal sealed class Pause(TimeProvider time) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true }; // a struct that changes
    private ITimer? _timer;

    /// <summary>Waits.</summary>
    internal ValueTask WaitAsync(TimeSpan duration)
    {
        _source.Reset();
        var wait = new ValueTask(this, _source.Version);
        if (time != TimeProvider.System || !FineTimer.TryStart(duration, this))
        {
            _timer?.Dispose();
            _timer = time.CreateTimer(static pause => ((Pause)pause!).End(), this, duration, Timeout.InfiniteTimeSpan);
        }

        return wait;
    }

    /// <summary>The wait is over.</summary>
    internal void End() => _source.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}

/// <summary>
/// The thread that ends pauses. It is there while there are any, and shortly after; it belongs to no host, and knows nothing of the connections.
/// </summary>
internal static class FineTimer
{
    private static readonly TimeSpan s_lastWait = TimeSpan.FromSeconds(1);

    private static readonly Lock s_lock = new();
    private static readonly PriorityQueue<Pause, long> s_pauses = new(); // by the system's time stamp
    private static FineSleep? s_sleep; // of the thread; null without one

    /// <summary>Starts a pause. False where the system cannot wait so finely, or has no thread for it.</summary>
    internal static bool TryStart(TimeSpan duration, Pause pause)
    {
        if (!FineSleep.IsSupported)
        {
            return false;
        }

        long due = TimeProvider.System.GetTimestamp() + (long)(duration.TotalSeconds * TimeProvider.System.TimestampFrequency);
        lock (s_lock)
        {
            if (s_sleep is null && !TryStartThread())
            {
                return false;
            }

            bool first = !s_pauses.TryPeek(out _, out long earliest) || due < earliest;
            s_pauses.Enqueue(pause, due);
            if (first)
            {
                s_sleep!.Wake();
            }
        }

        return true;
    }

    private static bool TryStartThread()
    {
        FineSleep? sleep = null;
        try
        {
            sleep = new();
            new Thread(() => EndPauses(sleep)) { IsBackground = true, Name = "obfs4 pauses" }.UnsafeStart();
            s_sleep = sleep;
            return true;
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException or ThreadStartException)
        {
            sleep?.Dispose();
            return false;
        }
    }

    private static void EndPauses(FineSleep sleep)
    {
        bool idle = false;
        while (true)
        {
            TimeSpan wait = s_lastWait;
            Pause? over = null;
            lock (s_lock)
            {
                if (s_pauses.TryPeek(out _, out long due))
                {
                    idle = false;
                    wait = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due);
                    over = wait <= TimeSpan.Zero ? s_pauses.Dequeue() : null;
                }
                else if (idle)
                {
                    s_sleep = null;
                    sleep.Dispose();
                    return;
                }
                else
                {
                    idle = true; // and the coming wait is the last one
                }
            }

            if (over is not null)
            {
                over.End();
            }
            else
            {
                sleep.Wait(wait);
            }
        }
    }
}
