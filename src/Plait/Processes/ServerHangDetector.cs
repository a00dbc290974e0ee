using System.Net;
using Plait.Connections;

namespace Plait.Processes;

/// <summary>The visible activity of a server's program.</summary>
/// <param name="Listeners">Where it listens.</param>
/// <param name="SignsOfLife">Changes when it brings a connection to its joint, or bytes.</param>
/// <param name="Joined">How many connections it has at its joints.</param>
internal readonly record struct ServerActivity(IReadOnlyList<IPEndPoint> Listeners, uint SignsOfLife, int Joined)
{
    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => $"{SignsOfLife} signs of life, {Joined} joined";
}

/// <summary>
/// Notices a server's program that hangs (stopped, deadlocked). Silence is no sign, because a good transport is silent towards a prober. But
/// it has to accept connections before it can ignore them. A program that leaves a connection in its queue for the limit, accepts no
/// other and moves no byte of any connection hangs.
/// </summary>
/// <remarks>
/// Watches one connection of the queue, because the queue is served in order. Looks several times within the limit, so that a machine that
/// stood still is not taken for a program that hangs. Looks once in the limit while the queue is empty.
/// </remarks>
internal sealed class ServerHangDetector : IDisposable
{
    private const int Looks = 4;

    private readonly TimeSpan _limit;
    private readonly Func<ServerActivity?> _activity;
    private readonly Func<IPEndPoint, AcceptQueue?> _queueOf;
    private readonly Func<bool, bool> _hangs;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private Suspicion? _suspicion;
    private int _inVain;
    private bool _disposed;

    /// <param name="limit">How long a connection may wait to be accepted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="activity">What the program does; null while it is down.</param>
    /// <param name="queueOf">Looks at the queue of a listener.</param>
    /// <param name="hangs">
    /// Called when it hangs, with whether it has a live connection; returns whether the hang has been handled. If not, it is called again
    /// while nothing changes.
    /// </param>
    internal ServerHangDetector(
        TimeSpan limit, TimeProvider time, Func<ServerActivity?> activity, Func<IPEndPoint, AcceptQueue?> queueOf, Func<bool, bool> hangs)
    {
        (_limit, _activity, _queueOf, _hangs) = (limit, activity, queueOf, hangs);
        _timer = time.CreateTimer(static watch => ((ServerHangDetector)watch!).Look(), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops looking.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer.Dispose();
        }
    }

    private void Look()
    {
        bool? live = null;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            Suspicion? now = Suspect();
            if (now is null || _suspicion is null || !now.Confirms(_suspicion))
            {
                (_suspicion, _inVain) = (now, 0);
            }
            else if (++_inVain >= Looks)
            {
                live = now.Live;
            }
        }

        bool over = live is { } any && _hangs(any); // not under the lock: it calls the connections
        lock (_lock)
        {
            if (!_disposed)
            {
                _suspicion = over ? null : _suspicion;
                _timer.Change(_suspicion is null ? _limit : _limit / Looks, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>A connection that waits at one of the listeners, and every sign of life of the program; null if none waits.</summary>
    private Suspicion? Suspect()
    {
        if (_activity() is not { } activity)
        {
            return null;
        }

        foreach (IPEndPoint listener in activity.Listeners)
        {
            if (_queueOf(listener) is { Waiting.Count: > 0 } queue)
            {
                // The one that has been watched so far, while it waits: any other could be a later one.
                IPEndPoint watched = _suspicion is { } before && before.Listener.Equals(listener) && queue.Waiting.Contains(before.Client)
                    ? before.Client
                    : queue.Waiting.First();
                return new(listener, watched, queue.Accepted, activity.SignsOfLife, activity.Joined > 0 || queue.Accepted.Count > 0);
            }
        }

        return null;
    }

    private sealed record Suspicion(IPEndPoint Listener, IPEndPoint Client, IReadOnlySet<IPEndPoint> Accepted, uint SignsOfLife, bool Live)
    {
        /// <summary>Whether nothing has changed since <paramref name="before"/>.</summary>
        internal bool Confirms(Suspicion before) =>
            Listener.Equals(before.Listener) && Client.Equals(before.Client) && SignsOfLife == before.SignsOfLife && before.Accepted.IsSupersetOf(Accepted);

        /// <summary>Without addresses (G5).</summary>
        public override string ToString() => nameof(Suspicion);
    }
}
