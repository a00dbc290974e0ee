using System.Net;
using Plait.Connections;

namespace Plait.Chains.Server;

/// <summary>
/// Notices a server's program that hangs (stopped, deadlocked). That it is silent says nothing: so is a good transport towards
/// a prober. But it has to accept connections before it can ignore them. One that does not accept for the limit, and that
/// has none whose end it may be waiting for, does nothing at all.
/// </summary>
/// <remarks>
/// One dial at a time is watched, whatever there are: the queue of a listener is served in order, and what is noticed at the
/// next dial is noticed soon enough. It is looked at some times within the limit, so that a machine that stood still is not
/// taken for a program that does. The client may have left by then: its connection stays in the program's queue.
/// </remarks>
/// <param name="limit">How long it may take to accept.</param>
/// <param name="time">The clock.</param>
/// <param name="mayWait">Whether the program may be waiting for an end of what it has.</param>
/// <param name="hangs">Told once when it hangs.</param>
internal sealed class AcceptWatch(TimeSpan limit, TimeProvider time, Func<bool> mayWait, Action hangs) : IDisposable
{
    private const int Looks = 4;

    private readonly Lock _lock = new();
    private (IPEndPoint Listener, IPEndPoint Source)? _watched;
    private volatile bool _busy;
    private int _inVain;
    private ITimer? _timer;

    /// <summary>The program's listener was dialled, and the system has made the connection in its name.</summary>
    internal void Dialled(IPEndPoint listener, IPEndPoint source)
    {
        if (_busy)
        {
            return;
        }

        lock (_lock)
        {
            if (!_busy)
            {
                (_busy, _inVain, _watched) = (true, 0, (listener, source));
                LookAgain();
            }
        }
    }

    /// <summary>Looks no more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _busy = true;
            _watched = null;
            _timer?.Dispose();
        }
    }

    private void LookAgain()
    {
        _timer?.Dispose();
        _timer = time.CreateTimer(static watch => ((AcceptWatch)watch!).Look(), this, limit / Looks, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_watched is not var (listener, source))
            {
                return; // disposed
            }

            bool waits = PeerOwner.HasAccepted(listener, source) == false;
            if (waits && (++_inVain < Looks || mayWait()))
            {
                LookAgain();
                return;
            }

            (_busy, _watched) = (false, null);
            if (!waits)
            {
                return;
            }
        }

        hangs(); // not under the lock: it tells the connections
    }
}
