using System.Diagnostics;

namespace Plait.Fuzz.Engine;

/// <summary>
/// Counts the time in which this process ran. A process that was stopped (SIGSTOP, a suspended machine) does not count on,
/// and what it was waiting for is not late.
/// </summary>
internal sealed class RunningClock : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    // A tick may come late on a busy machine. Whatever is later than this was a stop.
    private static readonly TimeSpan s_longestTick = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _disposed = new();
    private readonly Action<TimeSpan>? _ticked;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _elapsed;
    private int _stops;

    /// <param name="ticked">Told at each tick what the clock says, on a thread of its own.</param>
    internal RunningClock(Action<TimeSpan>? ticked = null)
    {
        _ticked = ticked;
        // Not a timer: its ticks come by the thread pool, which what is watched could block.
        new Thread(Tick) { IsBackground = true, Name = "running clock" }.Start();
    }

    /// <summary>How long the process has run since the clock was made.</summary>
    internal TimeSpan Elapsed => Read().Elapsed;

    /// <summary>How often it was stopped.</summary>
    internal int Stops => Read().Stops;

    public void Dispose() => _disposed.Set();

    private void Tick()
    {
        while (!_disposed.Wait(s_tick))
        {
            _ticked?.Invoke(Elapsed);
        }
    }

    private (TimeSpan Elapsed, int Stops) Read()
    {
        lock (_lock)
        {
            long now = Stopwatch.GetTimestamp();
            TimeSpan passed = Stopwatch.GetElapsedTime(_last, now);
            _last = now;
            bool stopped = passed > s_longestTick;
            _stops += stopped ? 1 : 0;
            _elapsed += stopped ? s_tick : passed;
            return (_elapsed, _stops);
        }
    }
}
