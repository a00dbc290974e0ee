using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>
/// A thread that waits for many sockets at once: epoll(7), edge-triggered, each socket registered once for everything. There
/// is one for each processor, up to eight. Relays run here, and so do openings from one wait to the next, so that between the event and the
/// bytes stands no other thread and no lock. Nothing that runs here waits otherwise, or calls what others wrote: logs leave by
/// a queue, and observers have promised to return at once.
/// </summary>
/// <remarks>
/// Why not the runtime's own event loop: it wakes its thread, which queues to the pool, which wakes another thread, for each
/// event; and a socket that it has once registered wakes it ever after, whoever else waits as well.
/// </remarks>
[ProgramSeam]
internal sealed class Poller
{
    // Events taken by one system call. More wait in the kernel, in order: nothing is delayed by more than a round.
    private const int Batch = 128;

    // Each moves more than 2 GB/s: more of them would be threads that a small system counts, and nothing gained.
    private const int MostPollers = 8;

    private const int NonBlocking = 0x800; // eventfd(2)
    private const EpollEvents Everything = EpollEvents.In | EpollEvents.Urgent | EpollEvents.Out | EpollEvents.PeerFinished | EpollEvents.EdgeTriggered;
    private const ulong WakeKey = 0; // slot 0 is not used

    private static readonly Lock s_lock = new();
    private static readonly Poller?[] s_all = new Poller?[ThreadLimit.IsLow ? 1 : Math.Min(Environment.ProcessorCount, MostPollers)];
    private static uint s_next;

    [ThreadStatic]
    private static Poller? t_own; // whose thread this is

    private readonly int _epoll;
    private readonly int _wake;

    /// <summary>How its thread is scheduled; for what runs on it.</summary>
    internal Pace Pace { get; } = new(Libc.ScheduleInBatches);

    private readonly ConcurrentQueue<IPollerWork> _posted = new();
    private int _woken;

    // Work of the poller's own thread: what runs in this round, and what it or the events put into the next.
    private List<IPollerWork> _round = [];
    private List<IPollerWork> _nextRound = [];

    // A watch by slot. The other half of its key tells it from earlier users of the slot, of whom an event may still come.
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private volatile PollRegistration?[] _registrations = new PollRegistration?[64];
    private int _used = 1;
    private uint _generation;

    private Poller(int epoll, int wake)
    {
        _epoll = epoll;
        _wake = wake;
    }

    /// <summary>Reports an error that something on a poller's thread threw and did not foresee. It ended that alone. Must not wait.</summary>
    internal static event Action<Exception>? Unexpected;

    /// <summary>Goes on in the thread pool, if this is a poller's thread: before anything that takes long.</summary>
    internal static ConfiguredTaskAwaitable LeaveAsync() => Task.CompletedTask.ConfigureAwait(
        t_own is null ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.ForceYielding);

    /// <summary>
    /// Goes on in the poller's next round, if this is a poller's thread: between parts of something long, so that nobody waits for
    /// more than a part of it.
    /// </summary>
    internal static Task NextRoundAsync()
    {
        if (t_own is not { } poller)
        {
            return Task.CompletedTask;
        }

        var turn = new Turn();
        poller.Soon(turn);
        return turn.Comes;
    }

    /// <summary>The poller for the next socket; they take turns.</summary>
    /// <exception cref="IOException">There is none yet and the system gives none, for instance because no descriptor is free.</exception>
    internal static Poller Next()
    {
        uint index = Interlocked.Increment(ref s_next) % (uint)s_all.Length;
        return Volatile.Read(ref s_all[index]) ?? Start(index);
    }

    /// <summary>Starts all of them now, instead of with the sockets that they watch.</summary>
    /// <exception cref="IOException">The system gives none.</exception>
    internal static void StartAll()
    {
        for (int i = 0; i < s_all.Length; i++)
        {
            _ = Next();
        }
    }

    /// <summary>Has <paramref name="work"/> run on the poller's thread, later. From any thread.</summary>
    internal void Post(IPollerWork work)
    {
        if (t_own == this)
        {
            Soon(work);
            return;
        }

        _posted.Enqueue(work);
        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            Span<byte> one = stackalloc byte[sizeof(ulong)];
            MemoryMarshal.Write(one, 1ul);
            _ = Libc.Write(_wake, one, one.Length);
        }
    }

    /// <summary>Has <paramref name="work"/> run in the coming round. From the poller's thread only.</summary>
    internal void Soon(IPollerWork work) => _nextRound.Add(work);

    /// <summary>Registers a socket; what it is ready for is told at once, perhaps before this returns.</summary>
    /// <exception cref="IOException">The system has no room for it.</exception>
    internal void Add(PollRegistration registration, SafeHandle descriptor)
    {
        registration.Key = TakeSlot(registration);
        if (Control(Libc.EpollAdd, descriptor, registration.Key) < 0)
        {
            IOException failure = Libc.Failure("the connection cannot be watched");
            FreeSlot(registration.Key);
            throw failure;
        }
    }

    /// <summary>Tells again what a registered socket is ready for.</summary>
    internal void Renew(PollRegistration registration, SafeHandle descriptor) => _ = Control(Libc.EpollModify, descriptor, registration.Key);

    /// <summary>
    /// Forgets a socket. Closing it alone would not do: a child that is just being started shares it until it execs, and
    /// its events would go on.
    /// </summary>
    internal void Remove(PollRegistration registration, SafeHandle descriptor)
    {
        if (!descriptor.IsClosed)
        {
            _ = Control(Libc.EpollDelete, descriptor, registration.Key);
        }

        FreeSlot(registration.Key);
    }

    private static Poller Start(uint index)
    {
        lock (s_lock)
        {
            if (s_all[index] is { } started)
            {
                return started;
            }

            int epoll = Libc.EpollCreate(Libc.CloseOnExec);
            int wake = epoll < 0 ? -1 : Libc.EventDescriptor(0, Libc.CloseOnExec | NonBlocking);
            if (wake < 0)
            {
                IOException failure = Libc.Failure("connections cannot be watched");
                _ = epoll < 0 ? 0 : Libc.Close(epoll);
                return Array.Find(s_all, other => other is not null) ?? throw failure; // one thread less must do for now
            }

            var poller = new Poller(epoll, wake);
            Span<byte> waking = stackalloc byte[EpollEvent.Size];
            EpollEvent.Write(waking, EpollEvents.In | EpollEvents.EdgeTriggered, WakeKey); // an edge needs no read
            _ = Libc.EpollControl(epoll, Libc.EpollAdd, wake, waking);
            try
            {
                new Thread(poller.Loop) { IsBackground = true, Name = $"Plait poller {index}" }.UnsafeStart(); // without a context
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                _ = Libc.Close(wake);
                _ = Libc.Close(epoll);
                return Array.Find(s_all, other => other is not null) ?? throw new IOException("connections cannot be watched: no thread is free", e);
            }

            Volatile.Write(ref s_all[index], poller);
            return poller;
        }
    }

    private void Loop()
    {
        t_own = this;

        byte[] events = new byte[Batch * EpollEvent.Size];
        while (true)
        {
            int count = Libc.EpollWait(_epoll, events, Batch, _nextRound.Count > 0 ? 0 : Pace.IsBatch ? Pace.WindowOfBatches : Timeout.Infinite);
            Pace.Choose(Environment.TickCount64);
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
    }

    /// <summary>The boundary: an error in one connection must end neither the others nor the process.</summary>
    private static void Run(IPollerWork work)
    {
        try
        {
            work.Run();
        }
        catch (Exception e)
        {
            Report(e);
            try
            {
                work.Abandon();
            }
            catch (Exception again)
            {
                Report(again);
            }
        }
    }

    private static void Report(Exception error)
    {
        try
        {
            Unexpected?.Invoke(error);
        }
        catch (Exception)
        {
            // A log that fails must not end the relays.
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

        PollRegistration? registration = _registrations[(int)(uint)happened.Key];
        if (registration is not null && registration.Key == happened.Key)
        {
            try
            {
                registration.Happened(this, happened.Events);
            }
            catch (Exception e) // the same boundary
            {
                Report(e);
            }
        }
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
            return -1; // closed meanwhile: the kernel has forgotten it
        }
    }

    private ulong TakeSlot(PollRegistration registration)
    {
        lock (_lock)
        {
            int slot = _free.Count > 0 ? _free.Pop() : _used++;
            if (slot == _registrations.Length)
            {
                PollRegistration?[] larger = new PollRegistration?[_registrations.Length * 2];
                _registrations.CopyTo(larger, 0);
                _registrations = larger;
            }

            Volatile.Write(ref _registrations[slot], registration);
            return (ulong)++_generation << 32 | (uint)slot;
        }
    }

    private void FreeSlot(ulong key)
    {
        lock (_lock)
        {
            Volatile.Write(ref _registrations[(int)(uint)key], null);
            _free.Push((int)(uint)key);
        }
    }

    /// <summary>Somebody's place in the next round.</summary>
    private sealed class Turn : IPollerWork
    {
        private readonly TaskCompletionSource _comes = new(); // goes on within Run

        internal Task Comes => _comes.Task;

        void IPollerWork.Run() => _comes.SetResult();
    }
}
