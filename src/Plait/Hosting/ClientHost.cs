using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Metrics;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Transports;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Hosting;

/// <summary>
/// A running client: the programs of the chains that were asked for, and one SOCKS port for each chain. What tor's
/// ClientTransportPlugin line starts, and what an application starts that wants chains without tor.
/// </summary>
public sealed class ClientHost : IPlaitHost
{
    private readonly HostSettings _settings;
    private readonly SideMetrics? _metrics;
    private readonly HostServices _services;
    private readonly OutsideSettings _outside;
    private readonly ClientPluginPlanner _planner;
    private readonly ShimJoints _shims;
    private readonly Dictionary<PluginKey, IClientPlugin> _programs = [];
    private readonly List<ClientSocksListener> _listeners = [];
    private readonly ObservedGrants _external; // by transport, each of which is one program
    private StateHome? _state;
    private Task _unused = Task.CompletedTask;

    private ClientHost(HostSettings settings, ClientEnvironment environment)
    {
        _settings = settings;
        _metrics = settings.Metrics?.Attach(PtRole.Client);
        _services = new(settings.Configuration.Limits, settings.Logger, settings.Time, new(!settings.Configuration.SafeLogging), settings.ObserverWith(_metrics), pollers: settings.Pollers, launcherThread: settings.LauncherThread);
        _outside = new(environment.Proxy, environment.OutboundBindAddressV4, environment.OutboundBindAddressV6);
        _shims = new(_services.Pollers);
        _planner = new(settings.Configuration, _outside);
        _external = new(UnmanagedClientHop.Program, _services.Observer, _services.Logger);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChainStart> Chains { get; private set; } = [];

    /// <inheritdoc/>
    public PlaitCounters Counters => new(
        _listeners.Sum(listener => listener.Connections),
        Joints.Sum(joint => joint.Connections),
        Joints.Sum(joint => joint.Tickets),
        _shims.OpenCount,
        Outstanding: 0,
        Processes.Count(process => process.Running is not null),
        Joints.Sum(joint => joint.Leaks),
        _listeners.Sum(listener => listener.Provisional),
        _services.Budget.Refused + _services.JointBudget.Refused);

    /// <summary>The processes of all programs.</summary>
    internal IEnumerable<TransportProcess> Processes => _programs.Values.SelectMany(program => program.Processes);

    private IEnumerable<ClientJoint> Joints => _programs.Values.SelectMany(program => program.Joints);

    /// <summary>
    /// Starts everything; returns when each chain listens or has failed, within the start limit. A program that is slow is waited for
    /// only for a moment once a chain works (<see cref="Limits.LateStartGrace"/>); its chains listen and refuse until it runs.
    /// </summary>
    /// <param name="settings">The plaitrc and the surroundings.</param>
    /// <param name="environment">What tor asks for: names, state location, proxy, bind addresses.</param>
    /// <param name="cancellationToken">Gives up the start; what was started is stopped.</param>
    /// <exception cref="IOException">The state location cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The state location may not be used.</exception>
    public static async Task<ClientHost> StartAsync(
        HostSettings settings, ClientEnvironment environment, CancellationToken cancellationToken)
    {
        var host = new ClientHost(settings, environment);
        try
        {
            await host.StartChainsAsync(environment, cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void StopAccepting()
    {
        _listeners.ForEach(listener => listener.StopAccepting());
        _state?.Dispose(); // a successor may start while the last connections go on
    }

    /// <inheritdoc/>
    public Task WhenIdleAsync() => Task.WhenAll(_listeners.Select(listener => listener.WhenIdleAsync()));

    /// <summary>Ends all connections and stops all programs, side by side (L22), within twice ExitGrace and a second.</summary>
    public async ValueTask DisposeAsync()
    {
        _services.Reporter.PlaitEnds();
        try
        {
            await HostEnd.OfAsync(
                _listeners.Select(listener => listener.DisposeAsync().AsTask())
                    .Concat(_programs.Values.Select(program => program.DisposeAsync().AsTask())).Append(_unused),
                _services).ConfigureAwait(false);
        }
        finally // children end whatever has failed (G7)
        {
            _state?.Dispose();
            await _services.DisposeAsync().ConfigureAwait(false);
            _metrics?.Dispose();
        }
    }

    private async Task StartChainsAsync(ClientEnvironment environment, CancellationToken cancellationToken)
    {
        List<ChainPlan> plans = ChainPlan.Resolve(_settings.Configuration, PtRole.Client, environment.Transports);
        Dictionary<PluginKey, Task> starts = await StartProgramsAsync(plans, environment, cancellationToken).ConfigureAwait(false);
        Chains = await new ChainOpener(_services.Limits, _services.Time, Report).OpenAsync(
            plans,
            plan => Task.WhenAll(_planner.KeysOf(plan).Select(key => starts[key])),
            Open,
            cancellationToken).ConfigureAwait(false);
        _unused = StopUnusedAsync(plans); // beside: tor waits for DONE
        foreach (TransportProcess process in Processes)
        {
            process.IsNoLongerAwaited();
        }

        _metrics?.Counting(() => Counters);
    }

    private void Report(ChainStart chain)
    {
        _settings.ChainStarted?.Invoke(chain);
        _services.Observer.OnEvent(chain.Event);
    }

    /// <summary>Stops what only chains need that cannot be used: tor cannot be told of them later (M25).</summary>
    private Task StopUnusedAsync(List<ChainPlan> plans)
    {
        HashSet<string> listening = [.. Chains.OfType<ChainStart.Listening>().Select(chain => chain.Alias)];
        HashSet<PluginKey> used = [.. _planner.Uses([.. plans.Where(plan => listening.Contains(plan.Alias))]).Select(use => use.Key)];
        List<KeyValuePair<PluginKey, IClientPlugin>> unused = [.. _programs.Where(program => !used.Contains(program.Key))];
        unused.ForEach(program => _programs.Remove(program.Key));
        return Task.WhenAll(unused.Select(program => program.Value.DisposeAsync().AsTask()));
    }

    /// <summary>Begins to start the programs.</summary>
    /// <returns>For each, its first start: it ends when the program has come up or failed.</returns>
    private async Task<Dictionary<PluginKey, Task>> StartProgramsAsync(
        List<ChainPlan> plans, ClientEnvironment environment, CancellationToken cancellationToken)
    {
        List<PluginUse> uses = _planner.Uses(plans);
        var starts = new Dictionary<PluginKey, Task>();
        if (uses.Count == 0)
        {
            return starts;
        }

        _state = await StateHome.OpenAsync(
            new(environment.StateLocation ?? DefaultState.In(Path.GetTempPath()), _settings.ConfigurationName, _settings.ConfigurationPath, PtRole.Client),
            [.. uses.SelectMany(use => use.Positions).Select(position => position.Position)],
            _services.Limits.SuccessionTimeout, _services.Time, _services.Logger, cancellationToken).ConfigureAwait(false);
        var groups = uses.Select(_planner.Groups).ToList();
        IReadOnlyList<StateFolder> assigned = _state.Directories.Assign([.. groups.SelectMany(group => group)]);
        int next = 0;
        for (int i = 0; i < uses.Count; i++)
        {
            IClientPlugin program = NewProgram(uses[i], [.. assigned.Skip(next).Take(groups[i].Count)]);
            _programs.Add(uses[i].Key, program);
            starts.Add(uses[i].Key, program.StartAsync());
            next += groups[i].Count;
        }

        return starts;
    }

    private IClientPlugin NewProgram(PluginUse use, IReadOnlyList<StateFolder> directories) => use.Key.Kind == ProgramKind.Indirect
        ? new IndirectPlugin(use.Key.Line, _planner.JointOf(use), use.Positions[0], directories[0], _services)
        : new ClientPlugin(
            use.Key.Line, _planner.JointOf(use), name => new ProxyJoint(name, _services.JointBudget, _services.Limits, _services.Time, _services.Logger, _services.Pollers),
            use.Positions, directories, _outside, _services);

    private ChainStart Open(ChainPlan plan)
    {
        if (plan.Definition is not { } definition)
        {
            return plan.NotKnown();
        }

        List<ClientHop> hops = [.. definition.Hops.Select((declared, index) => HopOf(plan, declared, index))];
        ChainStart.Failed? refusing = null;
        for (int index = 0; index < hops.Count; index++)
        {
            bool wire = index == hops.Count - 1;
            if (ObstacleOf(hops[index], wire) is { } down)
            {
                ChainStart.Failed failed = plan.Failed(index, down);
                // One whose program has not the transport keeps its port too: an error line would take the good chains down with the next reload.
                if (!down.MayPass && down.Cause != FailureCause.ArgumentWrong)
                {
                    return failed;
                }

                refusing = refusing is null || (refusing.IsRetried && !failed.IsRetried) ? failed : refusing;
            }
        }

        return Listen(plan, definition, hops, refusing);
    }

    private ClientHop HopOf(ChainPlan plan, TransportDeclaration declared, int index) => declared.Source switch
    {
        TransportSource.Managed when _programs[_planner.KeyOf(plan, index)] is IndirectPlugin program => new IndirectClientHop(program, declared.Name),
        TransportSource.Managed => new ManagedClientHop((ClientPlugin)_programs[_planner.KeyOf(plan, index)], declared.Name, ClientPluginPlanner.DialsItself(declared)),
        TransportSource.Unmanaged outside => new UnmanagedClientHop(new(outside.Address, outside.Version, PtArguments.Empty), _external),
        _ => new InProcessClientHop(InProcessTransports.All[declared.Name]),
    };

    /// <summary>Why a hop cannot serve, or null.</summary>
    private ProcessDown? ObstacleOf(ClientHop hop, bool wire) => hop switch
    {
        UnmanagedClientHop when wire && _outside.Proxy is not null => new( // N7, G3
            ChainStage.Launch, FailureCause.ProxyRefused,
            $"tor has an upstream proxy set, and a program that Plait does not start cannot be made to use it"),
        _ when hop.Obstacle(wire) is { } down => down with
        {
            Text = wire && _outside.Proxy is not null && down.Cause == FailureCause.ProxyRefused
                ? SafeText.Of($"{down.Text}; tor has an upstream proxy set, and without it this transport would go around it")
                : down.Text,
        },
        _ => null,
    };

    private ChainStart Listen(ChainPlan plan, ChainDefinition definition, List<ClientHop> hops, ChainStart.Failed? refusing)
    {
        var dialer = new OutsideDialer(_outside.Proxy, _outside.BindV4, _outside.BindV6, _services.Pollers);
        var chain = new ClientChain(plan.Alias, definition, hops, dialer, _services.Sources, _shims, _services.Pipes, _services.Limits, _services.Time, _services.Scrubber, _services.Logger);
        try
        {
            var listener = new ClientSocksListener(
                chain, new(_settings.Configuration.Profiles), _services.Pollers, _services.Budget, _services.Reporter, _services.Logger);
            _listeners.Add(listener);
            return plan.Listening(listener.EndPoint, PtArguments.Empty, refusing, _services.Logger);
        }
        catch (SocketException e)
        {
            return plan.Failed(null, new(ChainStage.Launch, FailureWords.CauseOf(e), $"no SOCKS port could be opened: {_services.Scrubber.Scrub(e.Message)}"));
        }
    }
}
