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
    private bool _over;

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
                return [.. _entries.Values.Select(entry => entry.Program)];
            }
        }
    }

    /// <summary>A place at the process for a key, which is started if it does not run. The process stays until the lease is disposed.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">Its joint could not be made.</exception>
    /// <returns>Null if there are as many processes as there may be, and all of them have connections; or if the pool has ended.</returns>
    internal async Task<Lease?> EnterAsync(TKey key)
    {
        do
        {
            lock (_lock)
            {
                if (_over)
                {
                    return null;
                }

                if (_entries.TryGetValue(key, out Entry? entry))
                {
                    return new(this, entry);
                }

                if (_budget.TryTake())
                {
                    entry = Add(key);
                    var lease = new Lease(this, entry);
                    entry.Program.Start();
                    return lease;
                }
            }
        }
        while (await _budget.StopIdleAsync().ConfigureAwait(false));

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        List<Entry> all;
        lock (_lock)
        {
            _over = true;
            all = [.. _entries.Values];
            _entries.Clear();
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(all.Select(EndAsync)).ConfigureAwait(false);
        await _ends.WhenEmptyAsync().ConfigureAwait(false);
    }

    private Entry Add(TKey key)
    {
        try
        {
            var entry = new Entry(_create(key));
            _entries.Add(key, entry);
            return entry;
        }
        catch
        {
            _budget.Release();
            throw;
        }
    }

    private async Task<bool> StopIdleAsync()
    {
        Entry? longest;
        lock (_lock)
        {
            longest = _entries.Values.Where(entry => entry.Users == 0).MaxBy(entry => _services.Time.GetElapsedTime(entry.IdleSince));
            Remove(longest);
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
        lock (_lock)
        {
            TimeSpan? next = null;
            foreach (Entry idle in _entries.Values.Where(entry => entry.Users == 0).ToList())
            {
                TimeSpan left = _services.Limits.TunnelIdleTimeout - _services.Time.GetElapsedTime(idle.IdleSince);
                if (left <= TimeSpan.Zero)
                {
                    Remove(idle);
                    _ends.Add(EndAsync(idle));
                }
                else
                {
                    next = next < left ? next : left;
                }
            }

            Look(next);
        }
    }

    private void Look(TimeSpan? next)
    {
        if (next is { } wait && !_over)
        {
            _sweep.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Remove(Entry? entry)
    {
        if (entry is not null)
        {
            _entries.Remove(_entries.First(pair => pair.Value == entry).Key);
        }
    }

    private async Task EndAsync(Entry entry)
    {
        try
        {
            await entry.Program.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _budget.Release();
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
        private readonly Entry _entry;
        private int _over;

        /// <summary>To be called under the pool's lock.</summary>
        internal Lease(ProgramPool<TKey> pool, Entry entry)
        {
            (_pool, _entry) = (pool, entry);
            entry.Users++;
        }

        /// <summary>The process.</summary>
        internal PooledProgram Program => _entry.Program;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
            {
                _pool.Leave(_entry);
            }
        }
    }

    /// <summary>A process of the pool.</summary>
    internal sealed class Entry(PooledProgram program)
    {
        internal PooledProgram Program => program;

        /// <summary>Its leases. Changed under the lock.</summary>
        internal int Users { get; set; }

        /// <summary>When the last of them ended, as a timestamp of the clock.</summary>
        internal long IdleSince { get; set; }
    }
}
