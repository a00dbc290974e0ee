using Plait.Connections;

namespace Plait.Relays;

/// <summary>
/// Finds out when a peer that has finished writing closes its socket, which no packet reports. It asks at growing intervals,
/// the last one as long as the relay lingers: after that the linger, or the reset that answers the next bytes, ends the relay.
/// </summary>
internal sealed class DepartureWatch : IDisposable
{
    // A program that closes its socket still appears as the owner for some microseconds after its FIN.
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(2);

    private const int Growth = 4;

    private readonly ByteConnection _peer;
    private readonly Action _closed;
    private readonly TimeSpan _most;
    private readonly ITimer _timer;
    private TimeSpan _interval = s_first;

    /// <summary>Calls <paramref name="closed"/> once the peer of <paramref name="peer"/> has closed its socket; on the clock's thread.</summary>
    internal DepartureWatch(ByteConnection peer, RelaySettings settings, Action closed)
    {
        (_peer, _closed, _most) = (peer, closed, settings.LingerTimeout);
        _timer = settings.Time.CreateTimer(static watch => ((DepartureWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan); // not at once: Look uses the timer
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        switch (_peer.PeerHasClosed())
        {
            case true:
                _closed();
                break;
            case false when (_interval *= Growth) <= _most:
                _timer.Change(_interval, Timeout.InfiniteTimeSpan); // false if disposed
                break;
        }
    }
}
