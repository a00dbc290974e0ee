using Plait.Chains;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Metrics;
using Plait.Hops;
using Plait.Processes;
using Plait.Wire.Pt;

namespace Plait.Hosting;

/// <summary>
/// A side of Plait while it runs, client or bridge. Owns the services, the locked state, the programs and the listeners; starts, stops and
/// ends them together.
/// </summary>
/// <typeparam name="TPlugin">The side's programs.</typeparam>
/// <typeparam name="TListener">The listeners at which its chains' connections arrive.</typeparam>
internal sealed class RunningSide<TPlugin, TListener> : IAsyncDisposable
    where TPlugin : class, IPlugin
    where TListener : IChainListener
{
    private readonly HostSettings _settings;
    private readonly PtRole _role;
    private readonly SideMetrics? _metrics;
    private readonly List<TPlugin> _programs = [];
    private readonly List<TListener> _listeners = [];
    private readonly List<IDisposable> _files = [];
    private readonly Dictionary<(string Chain, int Hop), TPlugin> _places = [];
    private readonly Dictionary<TPlugin, Task> _starts = [];
    private StateHome? _state;
    private Task _unused = Task.CompletedTask;

    /// <param name="settings">The plaitrc and the surroundings.</param>
    /// <param name="role">Which side it is.</param>
    internal RunningSide(HostSettings settings, PtRole role)
    {
        _settings = settings;
        _role = role;
        _metrics = settings.Metrics?.Attach(role);
        Services = new(
            settings.Configuration.Limits, settings.Logger, settings.Time, new(!settings.Configuration.SafeLogging),
            settings.ObserverWith(_metrics), pollers: settings.Pollers, launcherThread: settings.LauncherThread, libraryHost: settings.LibraryHost);
    }

    /// <summary>The services that all parts of the side share.</summary>
    internal HostServices Services { get; }

    /// <summary>How each chain started, in the order in which tor asked for them.</summary>
    internal IReadOnlyList<ChainStart> Chains { get; private set; } = [];

    /// <summary>The programs that run. After the start, only those that a chain needs.</summary>
    internal IReadOnlyList<TPlugin> Programs => _programs;

    /// <summary>The listeners.</summary>
    internal IReadOnlyList<TListener> Listeners => _listeners;

    /// <summary>The processes of all programs.</summary>
    internal IEnumerable<TransportProcess> Processes => _programs.SelectMany(program => program.Processes);

    /// <summary>Locks the side's folder of state.</summary>
    /// <param name="location">Where tor wants state; null for the system's folder for temporary files.</param>
    /// <param name="plans">The chains.</param>
    /// <param name="cancellationToken">Ends the wait for a predecessor.</param>
    /// <exception cref="IOException">The state location cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The state location may not be used.</exception>
    internal async Task<StateDirectories> OpenStateAsync(string? location, IReadOnlyList<ChainPlan> plans, CancellationToken cancellationToken)
    {
        _state = await StateHome.OpenAsync(
            new(location ?? DefaultState.In(Path.GetTempPath()), _settings.ConfigurationName, _settings.ConfigurationPath, _role),
            ChainPlan.WithState(plans, _role),
            Services.Limits.SuccessionTimeout, Services.Time, Services.Logger, cancellationToken).ConfigureAwait(false);
        return _state.Directories;
    }

    /// <summary>Disposes <paramref name="files"/> when the side has ended.</summary>
    internal void Own(IDisposable files) => _files.Add(files);

    /// <summary>Begins to start programs.</summary>
    /// <param name="planned">The programs, whose state is kept in <paramref name="directories"/>.</param>
    /// <param name="directories">From <see cref="OpenStateAsync"/>.</param>
    internal void Start(IReadOnlyList<PlannedPlugin<TPlugin>> planned, StateDirectories directories)
    {
        IReadOnlyList<StateFolder> assigned = directories.Assign([.. planned.SelectMany(program => program.StateGroups)]);
        int next = 0;
        foreach (PlannedPlugin<TPlugin> plan in planned)
        {
            TPlugin program = plan.New([.. assigned.Skip(next).Take(plan.StateGroups.Count)]);
            next += plan.StateGroups.Count;
            _programs.Add(program);
            foreach (Position position in plan.Positions)
            {
                _places.Add((position.Chain, position.Hop), program);
            }
        }

        _programs.ForEach(program => _starts.Add(program, program.StartAsync()));
    }

    /// <summary>Adds a listener, which the side then owns.</summary>
    internal void Add(TListener listener) => _listeners.Add(listener);

    /// <summary>Opens the chains as their programs come up, and stops the programs that only failed chains need.</summary>
    /// <param name="plans">The chains.</param>
    /// <param name="open">Opens one chain with what runs at that moment. One at a time.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    internal async Task OpenAsync(IReadOnlyList<ChainPlan> plans, Func<ChainPlan, ChainStart> open, CancellationToken cancellationToken)
    {
        Chains = await new ChainOpener(Services.Limits, Services.Time, Report)
            .OpenAsync(plans, FirstStartsOf, open, cancellationToken).ConfigureAwait(false);
        _unused = StopUnusedAsync(); // beside: tor waits for DONE
        foreach (TransportProcess process in Processes)
        {
            process.IsNoLongerAwaited();
        }
    }

    /// <summary>From now on the metrics read the counters.</summary>
    internal void Count(Func<PlaitCounters> counters) => _metrics?.Counting(counters);

    /// <summary>Closes the listeners that face tor or the network; connections that are open go on (SIGINT, L7).</summary>
    internal void StopAccepting()
    {
        _listeners.ForEach(listener => listener.StopAccepting());
        _programs.ForEach(program => program.StopAccepting());
        _state?.Dispose(); // a successor may start while the last connections go on
    }

    /// <summary>Completes when no connection is open.</summary>
    internal async Task WhenIdleAsync()
    {
        await Task.WhenAll(_listeners.Select(listener => listener.WhenIdleAsync()).Concat(_programs.Select(program => program.WhenIdleAsync())))
            .ConfigureAwait(false);
        await Services.Forwards.WhenEmptyAsync().ConfigureAwait(false); // last: no new one comes without a connection
    }

    /// <summary>Ends all connections and stops all programs, side by side (L22), within twice ExitGrace and a second.</summary>
    public async ValueTask DisposeAsync()
    {
        Services.Reporter.PlaitEnds();
        try
        {
            await HostEnd.OfAsync(
                _listeners.Select(listener => listener.DisposeAsync().AsTask())
                    .Concat(_programs.Select(program => program.DisposeAsync().AsTask())).Append(_unused).Append(Services.EndForwardsAsync()),
                Services).ConfigureAwait(false);
        }
        finally // children end even if a part has failed (G7)
        {
            _files.ForEach(file => file.Dispose());
            _state?.Dispose();
            await Services.DisposeAsync().ConfigureAwait(false);
            _metrics?.Dispose();
        }
    }

    private void Report(ChainStart chain)
    {
        _settings.ChainStarted?.Invoke(chain);
        Services.Observer.OnEvent(chain.Event);
    }

    private Task FirstStartsOf(ChainPlan plan) =>
        Task.WhenAll(_places.Where(place => place.Key.Chain == plan.Alias).Select(place => _starts[place.Value]));

    /// <summary>Stops the programs that only failed chains need: such a chain cannot be announced to tor later (M25).</summary>
    private Task StopUnusedAsync()
    {
        HashSet<string> listening = [.. Chains.OfType<ChainStart.Listening>().Select(chain => chain.Alias)];
        HashSet<TPlugin> used = [.. _places.Where(place => listening.Contains(place.Key.Chain)).Select(place => place.Value)];
        List<TPlugin> unused = _programs.FindAll(program => !used.Contains(program));
        _programs.RemoveAll(unused.Contains);
        return Task.WhenAll(unused.Select(program => program.DisposeAsync().AsTask()));
    }
}
