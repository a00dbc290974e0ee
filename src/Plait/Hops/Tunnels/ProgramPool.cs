using Plait.Chains;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Processes;

namespace Plait.Hops.Tunnels;

/// <summary>A process that serves one key of a pool, with what belongs to it.</summary>
internal sealed class PooledProgram : IAsyncDisposable
{
    private readonly TransportProcess _process;
    private readonly HostServices _services;
    private readonly ServerHangDetector _hangs;

    /// <param name="process">The process, not started yet.</param>
    /// <param name="joint">Its joint, which ends after it; null if it has none.</param>
    /// <param name="services">What everything shares.</param>
    internal PooledProgram(TransportProcess process, TunnelJoint? joint, HostServices services)
    {
        (_process, Joint, _services) = (process, joint, services);
        _hangs = new(services.Limits.HandshakeTimeout, services.Time, LookAt, AcceptQueue.Of, EndHung);
    }

    /// <summary>The process.</summary>
    internal TransportProcess Process => _process;

    /// <summary>Its joint; null if it has none.</summary>
    internal TunnelJoint? Joint { get; }

    /// <summary>Lets one connection at a time come to the joint, so that it is known whose stream arrives there.</summary>
    internal SemaphoreSlim Entrance { get; } = new(1);

    /// <summary>Completes when its first start has succeeded or failed.</summary>
    internal Task Started { get; private set; } = Task.CompletedTask;

    /// <summary>Starts it. A failure is retried until this is disposed.</summary>
    internal void Start()
    {
        Started = _process.StartAsync(CancellationToken.None);
        _process.IsNoLongerAwaited();
    }

    public async ValueTask DisposeAsync()
    {
        _hangs.Dispose();
        await _process.DisposeAsync().ConfigureAwait(false);
        if (Joint is not null)
        {
            await Joint.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ServerActivity? LookAt() => _process.Running is not { } running ? null : new(
        [.. running.Methods.Values.Select(method => method.Address)], running.Process.SignsOfLife, running.Process.Connections);

    /// <summary>It leaves a connection in the queue of its port. It is killed, unless connections that may go on depend on it.</summary>
    private bool EndHung(bool live)
    {
        if (_process.Running is not { Process: var child } || (live && !ProcessSignals.IsStopped(child.Id)))
        {
            return false;
        }

        ChainLog.ProgramHangs(
            _services.Logger, _process.Name, _services.Limits.HandshakeTimeout.TotalSeconds, $"it is killed, and another takes its place");
        child.KillHung();
        return true;
    }
}

/// <summary>
/// Processes that are started when a connection first needs them, one for each key, and stopped when they have had no connection for
/// <see cref="Configuration.Limits.TunnelIdleTimeout"/>, or when another needs the room.
/// </summary>
/// <typeparam name="TKey">What a process is started for.</typeparam>
internal sealed class ProgramPool<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private readonly HostServices _services;
    private readonly TunnelBudget _budget;
    private readonly Func<TKey, PooledProgram> _create;
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly LiveTasks _ends = new();
    private readonly ITimer _sweep;
    private bool _looks;
    private volatile bool _over;

    /// <param name="services">What everything shares.</param>
    /// <param name="budget">How many processes there may be.</param>
    /// <param name="create">Makes a process.</param>
    internal ProgramPool(HostServices services, TunnelBudget budget, Func<TKey, PooledProgram> create)
    {
        (_services, _budget, _create) = (services, budget, create);
        _sweep = services.Time.CreateTimer(
            static pool => ((ProgramPool<TKey>)pool!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        budget.Add(StopIdleAsync);
    }

    /// <summary>The processes there are.</summary>
    internal IReadOnlyList<PooledProgram> Programs
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Values.Where(entry => entry.Made.IsCompletedSuccessfully).Select(entry => entry.Made.Result)];
            }
        }
    }

    /// <summary>A place at the process for a key, which is started if it does not run. The process stays until the lease is disposed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up the wait for room.</param>
    /// <exception cref="System.Net.Sockets.SocketException">Its joint could not be made.</exception>
    /// <returns>Null if there are as many processes as there may be, and all of them have connections; or if the pool has ended.</returns>
    internal async Task<Lease?> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        Lease? lease;
        bool isNew;
        for (bool room = true; (lease = TryEnter(key, out isNew)) is null;)
        {
            if (!room || _over)
            {
                return null;
            }

            // If there is none, it is looked for the key once more: another connection may have started its process meanwhile.
            room = await _budget.MakeRoomAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            if (isNew)
            {
                Make(key, lease.Entry);
            }

            await lease.Entry.Made.WaitAsync(cancellationToken).ConfigureAwait(false);
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<Entry> all;
        lock (_lock)
        {
            _over = true;
            all = [.. _entries.Values];
            all.ForEach(Remove);
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(all.Select(EndAsync)).ConfigureAwait(false);
        await _ends.WhenEmptyAsync().ConfigureAwait(false);
    }

    private Lease? TryEnter(TKey key, out bool isNew)
    {
        lock (_lock)
        {
            isNew = !_over && !_entries.ContainsKey(key) && _budget.TryTake();
            if (isNew)
            {
                _entries.Add(key, new());
            }

            return !_over && _entries.TryGetValue(key, out Entry? entry) ? new(this, entry) : null;
        }
    }

    /// <summary>Makes and starts a process. Not under the lock, which pollers take: files are looked up, and a listener is made.</summary>
    private void Make(TKey key, Entry entry)
    {
        try
        {
            PooledProgram program = _create(key);
            program.Start();
            entry.SetMade(program);
        }
        catch (Exception e)
        {
            entry.SetFailed(e);
            bool removes;
            lock (_lock)
            {
                removes = _entries.ContainsValue(entry);
                if (removes)
                {
                    Remove(entry);
                }
            }

            if (removes)
            {
                _ = EndAsync(entry); // nothing runs: it gives back the place
            }
        }
    }

    private async Task<bool> StopIdleAsync()
    {
        Entry? longest;
        lock (_lock)
        {
            longest = _entries.Values.Where(entry => entry.Users == 0).MaxBy(entry => _services.Time.GetElapsedTime(entry.IdleSince));
            if (longest is not null)
            {
                Remove(longest);
            }
        }

        if (longest is not null)
        {
            await EndAsync(longest).ConfigureAwait(false);
        }

        return longest is not null;
    }

    /// <summary>Stops the processes that have been idle for long enough, and looks again while there are idle ones.</summary>
    private void Sweep()
    {
        var over = new List<Entry>();
        lock (_lock)
        {
            _looks = false;
            TimeSpan? next = null;
            foreach (Entry idle in _entries.Values.Where(entry => entry.Users == 0).ToList())
            {
                TimeSpan left = _services.Limits.TunnelIdleTimeout - _services.Time.GetElapsedTime(idle.IdleSince);
                if (left <= TimeSpan.Zero)
                {
                    Remove(idle);
                    over.Add(idle);
                }
                else
                {
                    next = next < left ? next : left;
                }
            }

            Look(next);
        }

        over.ForEach(entry => _ = EndAsync(entry));
    }

    /// <summary>Looks for idle processes after a time. One look is enough: what becomes idle later is due later.</summary>
    private void Look(TimeSpan? next)
    {
        if (next is { } wait && !_over && !_looks)
        {
            _looks = true;
            _sweep.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>To be called under the lock; <see cref="EndAsync"/> is owed.</summary>
    private void Remove(Entry entry)
    {
        _entries.Remove(_entries.First(pair => pair.Value == entry).Key);
        _budget.Ends();
        _ends.Enter();
    }

    private async Task EndAsync(Entry entry)
    {
        try
        {
            await ((Task)entry.Made).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (entry.Made.IsCompletedSuccessfully)
            {
                await entry.Made.Result.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _budget.Release();
            _ends.Leave();
        }
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users == 0)
            {
                entry.IdleSince = _services.Time.GetTimestamp();
                Look(_services.Limits.TunnelIdleTimeout);
            }
        }
    }

    /// <summary>A connection's use of a process.</summary>
    internal sealed class Lease : IDisposable
    {
        private readonly ProgramPool<TKey> _pool;
        private int _over;

        /// <summary>To be called under the pool's lock.</summary>
        internal Lease(ProgramPool<TKey> pool, Entry entry)
        {
            (_pool, Entry) = (pool, entry);
            entry.Users++;
        }

        /// <summary>The process.</summary>
        internal PooledProgram Program => Entry.Made.Result;

        internal Entry Entry { get; }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
            {
                _pool.Leave(Entry);
            }
        }
    }

    /// <summary>A process of the pool.</summary>
    internal sealed class Entry
    {
        private readonly TaskCompletionSource<PooledProgram> _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The process, once it has been made and its start has begun. While it is made, it has a lease.</summary>
        internal Task<PooledProgram> Made => _made.Task;

        /// <summary>Its leases. Changed under the lock.</summary>
        internal int Users { get; set; }

        /// <summary>When the last of them ended, as a timestamp of the clock.</summary>
        internal long IdleSince { get; set; }

        internal void SetMade(PooledProgram program) => _made.SetResult(program);

        internal void SetFailed(Exception error)
        {
            _made.SetException(error);
            _ = _made.Task.Exception; // observed: its connection may not be waiting any more
        }
    }
}
