namespace Plait.Cli.Managed;

/// <summary>
/// Limits the lines of one kind that tor gets: a burst, and some a second in the long run. arti drops what overflows its queue
/// of 64 (M53); LOG and STATUS have a limit each, so that neither starves the other, and both bursts fit the queue.
/// </summary>
internal sealed class RateLimit(TimeProvider time, int burst = 30)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200); // five a second

    private readonly Lock _lock = new();
    private double _credit = burst;
    private long _last = time.GetTimestamp();
    private int _dropped;

    /// <summary>Whether one more line may be sent now.</summary>
    /// <param name="dropped">Lines dropped since the last one sent, if this one is sent.</param>
    /// <param name="urgent">It may use the half of the burst that is kept for such as this.</param>
    internal bool TryTake(out int dropped, bool urgent = true)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            _credit = Math.Min(burst, _credit + (time.GetElapsedTime(_last, now) / s_interval));
            _last = now;
            dropped = _dropped;
            if (_credit < (urgent ? 1 : 1 + (burst / 2)))
            {
                _dropped++;
                return false;
            }

            _credit--;
            _dropped = 0;
            return true;
        }
    }
}
