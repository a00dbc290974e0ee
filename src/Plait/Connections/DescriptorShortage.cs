using Microsoft.Extensions.Logging;
using Plait.Diagnostics;

namespace Plait.Connections;

/// <summary>
/// A lack of descriptors, as a state: logged once when it begins, and once when it is over. Meanwhile new connections are
/// refused one by one, and only counted.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Receives the two messages.</param>
/// <param name="areFree">Whether there are enough descriptors again.</param>
internal sealed class DescriptorShortage(TimeProvider time, ILogger logger, Func<bool> areFree) : IDisposable
{
    // How often it looks for an end. A look costs some microseconds; a person does not feel the delay.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private long _refused;
    private bool _over;

    /// <summary>A connection waits for a descriptor, and is not refused.</summary>
    internal void Meet() => Meet(refused: 0);

    /// <summary>A connection was refused for want of a descriptor.</summary>
    internal void Refuse() => Meet(refused: 1);

    public void Dispose()
    {
        lock (_lock)
        {
            _over = true;
            _timer?.Dispose();
        }
    }

    private void Meet(int refused)
    {
        lock (_lock)
        {
            _refused += refused;
            if (_timer is not null || _over)
            {
                return;
            }

            _timer = time.CreateTimer(_ => Look(), null, s_pause, Timeout.InfiniteTimeSpan);
        }

        ChainLog.DescriptorsGone(logger, Descriptors.Limit);
    }

    private void Look()
    {
        bool over = areFree();
        long refused;
        lock (_lock)
        {
            if (_timer is null || _over)
            {
                return;
            }

            if (!over)
            {
                _timer.Change(s_pause, Timeout.InfiniteTimeSpan);
                return;
            }

            _timer.Dispose();
            _timer = null;
            (refused, _refused) = (_refused, 0);
        }

        ChainLog.DescriptorsBack(logger, refused);
    }
}
