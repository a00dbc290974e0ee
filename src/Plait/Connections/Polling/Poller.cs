using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>
/// A thread that waits for many sockets at once: epoll(7), edge-triggered, each socket registered once for everything. Relays run here, and so
/// do openings from one wait to the next, so that no other thread and no lock stands between the event and the bytes. Nothing that runs here
/// waits otherwise (<see cref="PollerThread"/>), or calls foreign code: logs leave by a queue, and observers have promised to return at once.
/// </summary>
/// <remarks>
/// Why not the runtime's own event loop: it wakes its thread, which queues to the pool, which wakes another thread, for each
/// event; and a socket that it has once registered wakes it ever after, even if another thread waits for the same socket.
/// </remarks>
[ProgramSeam]
internal sealed class Poller
{
    /// <summary>A debug build reports turns that take longer: every other connection of the thread waits meanwhile.</summary>
    internal static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(5);

    // Events taken by one system call. More wait in the kernel, in order: nothing is delayed by more than a round.
    private const int Batch = 128;

    private const EpollEvents Everything = EpollEvents.In | EpollEvents.Urgent | EpollEvents.Out | EpollEvents.PeerFinished | EpollEvents.EdgeTriggered;
    private const ulong WakeKey = 0; // no registration has it

    [ThreadStatic]
    private static Poller? t_own; // the one that the current thread belongs to

    private readonly PollerSet _set;
    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _wake;
    private readonly RegistrationTable _registrations = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _abandoning = new();
    private readonly ConcurrentQueue<IPollerWork> _posted = new();
    private int _woken; // as a bool: the thread will look at what is posted
    private volatile bool _ends;

    // Work of the poller's own thread: what runs in this round, and what it or the events put into the next.
    private List<IPollerWork> _round = [];
    private List<IPollerWork> _nextRound = [];

    private long _turnBegan;

    private Poller(PollerSet set, SafeFileHandle epoll, SafeFileHandle wake) => (_set, _epoll, _wake) = (set, epoll, wake);

    /// <summary>How its thread is scheduled; for what runs on it.</summary>
    internal Pace Pace { get; } = new(Libc.ScheduleInBatches);

    /// <summary>Goes on in the thread pool, if this is a poller's thread: before anything that may wait or takes long.</summary>
    internal static ConfiguredTaskAwaitable LeaveAsync() => Task.CompletedTask.ConfigureAwait(
        t_own is null ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding);

    /// <summary>
    /// Goes on in the poller's next round, if this is a poller's thread: between parts of something long, so that other connections wait for
    /// one part at most.
    /// </summary>
    internal static Task NextRoundAsync()
    {
        if (t_own is not { } poller)
        {
            return Task.CompletedTask;
        }

        var place = new PlaceInRound();
        poller.Soon(place);
        return place.Comes;
    }

    /// <summary>Counts bytes that were moved, if this is a poller's thread (<see cref="Polling.Pace"/>).</summary>
    internal static void CountMoved(int bytes) => t_own?.Pace.Moved(bytes);

    /// <summary>Starts a poller of a set.</summary>
    /// <exception cref="IOException">The system has no descriptor or no thread for it.</exception>
    internal static Poller Start(PollerSet set, string name)
    {
        var epoll = new SafeFileHandle(Libc.EpollCreate(Libc.CloseOnExec), ownsHandle: true);
        var wake = new SafeFileHandle(epoll.IsInvalid ? -1 : Libc.EventDescriptor(0, Libc.CloseOnExec | Libc.NonBlocking), ownsHandle: true);
        try
        {
            if (wake.IsInvalid)
            {
                throw Libc.Failure("connections cannot be watched");
            }

            var poller = new Poller(set, epoll, wake);
            Span<byte> waking = stackalloc byte[EpollEvent.Size];
            EpollEvent.Write(waking, EpollEvents.In | EpollEvents.EdgeTriggered, WakeKey); // an edge needs no read
            if (Libc.EpollControl(epoll, Libc.EpollAdd, wake, waking) < 0)
            {
                throw Libc.Failure("connections cannot be watched"); // a poller that cannot be woken would never end
            }

            new Thread(poller.Live) { IsBackground = true, Name = name }.UnsafeStart(); // without a context
            return poller;
        }
        catch (Exception e)
        {
            wake.Dispose();
            epoll.Dispose();
            if (e is OutOfMemoryException or ThreadStartException)
            {
                throw new IOException("connections cannot be watched: no thread is free", e);
            }

            throw;
        }
    }

    /// <summary>
    /// Has <paramref name="work"/> run on the poller's thread, later. From any thread. After the poller's end the work is abandoned, on the
    /// caller's thread, one at a time.
    /// </summary>
    internal void Post(IPollerWork work)
    {
        if (t_own == this)
        {
            Soon(work);
            return;
        }

        _posted.Enqueue(work);
        if (Interlocked.Exchange(ref _woken, 1) == 0 && !TryWake())
        {
            AbandonPosted();
        }
    }

    /// <summary>Has <paramref name="work"/> run in the coming round. From the poller's thread only.</summary>
    internal void Soon(IPollerWork work) => _nextRound.Add(work);

    /// <summary>Registers a descriptor. The poller reports at once what it is ready for, perhaps before this returns.</summary>
    /// <exception cref="IOException">The system has no room for it, or the poller has ended.</exception>
    internal void Add(PollRegistration registration, SafeHandle descriptor)
    {
        if (!_registrations.TryAdd(registration))
        {
            throw new IOException("the connection cannot be watched: the host has ended");
        }

        if (Control(Libc.EpollAdd, descriptor, registration.Key) < 0)
        {
            IOException failure = Libc.Failure("the connection cannot be watched");
            _registrations.Remove(registration.Key);
            throw failure;
        }
    }

    /// <summary>Reports again what a registered descriptor is ready for.</summary>
    internal void Renew(PollRegistration registration, SafeHandle descriptor) => _ = Control(Libc.EpollModify, descriptor, registration.Key);

    /// <summary>
    /// Forgets a descriptor. To close it is not enough: a child that is just being started shares it until it execs, and
    /// its events would go on.
    /// </summary>
    internal void Remove(PollRegistration registration, SafeHandle descriptor)
    {
        if (!descriptor.IsClosed)
        {
            _ = Control(Libc.EpollDelete, descriptor, registration.Key);
        }

        _registrations.Remove(registration.Key);
    }

    /// <summary>Ends the thread and closes its descriptors. Completes when that is done.</summary>
    internal Task EndAsync()
    {
        _ends = true;
        _ = TryWake();
        return _ended.Task;
    }

    private void Live()
    {
        t_own = this;
        PollerThread.Enter();

        byte[] events = new byte[Batch * EpollEvent.Size];
        while (!_ends)
        {
            int count = Libc.EpollWait(_epoll, events, Batch, _nextRound.Count > 0 ? 0 : Pace.IsBatch ? Pace.WindowOfBatches : Timeout.Infinite);
            Pace.Choose(Environment.TickCount64); // the real clock, as the wait above
            for (int i = 0; i < count; i++)
            {
                Dispatch(EpollEvent.Read(events.AsSpan(i * EpollEvent.Size)));
            }

            (_round, _nextRound) = (_nextRound, _round);
            foreach (IPollerWork work in _round)
            {
                Run(work);
            }

            _round.Clear();
        }

        End();
    }

    /// <summary>The last act of the thread. What still waits here goes on elsewhere and fails there.</summary>
    private void End()
    {
        _registrations.Close().ForEach(registration => registration.Abandon(this));
        for (int i = 0; i < _nextRound.Count; i++) // abandoned work may add more
        {
            Abandon(_nextRound[i]);
        }

        t_own = null;
        _wake.Dispose();
        _epoll.Dispose();
        AbandonPosted();
        _ended.SetResult();
    }

    /// <summary>The boundary: an error in one connection must end neither the others nor the process.</summary>
    private void Run(IPollerWork work)
    {
        TurnBegins();
        try
        {
            work.Run();
        }
        catch (Exception e)
        {
            _set.Report(e);
            Abandon(work);
        }

        TurnEnds(work);
    }

    private void Abandon(IPollerWork work)
    {
        try
        {
            work.Abandon();
        }
        catch (Exception e)
        {
            _set.Report(e);
        }
    }

    private void AbandonPosted()
    {
        Volatile.Write(ref _woken, 0);
        Interlocked.MemoryBarrier(); // as in Dispatch: later work comes here again, earlier work is seen below
        lock (_abandoning)
        {
            while (_posted.TryDequeue(out IPollerWork? work))
            {
                Abandon(work);
            }
        }
    }

    /// <summary>False if the poller has ended.</summary>
    private bool TryWake()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(one, 1ul);
        try
        {
            _ = Libc.Write(_wake, one, one.Length);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private void Dispatch((EpollEvents Events, ulong Key) happened)
    {
        if (happened.Key == WakeKey)
        {
            Volatile.Write(ref _woken, 0);
            Interlocked.MemoryBarrier(); // what is posted from here on wakes again, what was posted before is seen below
            while (_posted.TryDequeue(out IPollerWork? work))
            {
                _nextRound.Add(work);
            }

            return;
        }

        if (_registrations.Find(happened.Key) is not { } registration)
        {
            return;
        }

        TurnBegins();
        try
        {
            registration.Happened(this, happened.Events);
        }
        catch (Exception e) // the same boundary
        {
            _set.Report(e);
            registration.Fail(this);
        }

        TurnEnds(null);
    }

    private int Control(int operation, SafeHandle descriptor, ulong key)
    {
        Span<byte> all = stackalloc byte[EpollEvent.Size];
        EpollEvent.Write(all, Everything, key);
        try
        {
            return Libc.EpollControl(_epoll, operation, descriptor, all);
        }
        catch (ObjectDisposedException)
        {
            return -1; // the descriptor is closed: the kernel has forgotten it; or the poller has ended
        }
    }

    [Conditional("DEBUG")]
    private void TurnBegins() => _turnBegan = TimeProvider.System.GetTimestamp();

    [Conditional("DEBUG")]
    private void TurnEnds(IPollerWork? work)
    {
        TimeSpan took = TimeProvider.System.GetElapsedTime(_turnBegan);
        if (took > LongestTurn)
        {
            _set.Report(new LongTurn(work?.GetType().Name ?? "event", took));
        }
    }

    /// <summary>A place in the next round, which its owner awaits.</summary>
    private sealed class PlaceInRound : IPollerWork
    {
        private readonly TaskCompletionSource _comes = new(); // its owner goes on within Run

        internal Task Comes => _comes.Task;

        void IPollerWork.Run() => _comes.SetResult();

        void IPollerWork.Abandon() => ThreadPool.UnsafeQueueUserWorkItem(static comes => ((TaskCompletionSource)comes!).TrySetResult(), _comes);
    }
}
