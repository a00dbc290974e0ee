using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Metrics;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Transports;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Torrc;

namespace Plait.Hosting;

/// <summary>
/// A running bridge side: the programs of the chains that were asked for. Of each chain the program at the wire listens itself;
/// where Plait does it in its place, or the wire hop is inside Plait, there is a public listener. What tor's
/// ServerTransportPlugin line starts.
/// </summary>
public sealed class ServerHost : IPlaitHost
{
    private readonly HostSettings _settings;
    private readonly ServerEnvironment _environment;
    private readonly SideMetrics? _metrics;
    private readonly HostServices _services;
    private readonly List<ServerPlugin> _programs = [];
    private readonly Dictionary<(string Chain, int Hop), ServerPlugin> _places = [];
    private readonly List<ServerListener> _listeners = [];
    private StateHome? _state;
    private Task _unused = Task.CompletedTask;
    private RuntimeFiles? _files;
    private PublicAddresses? _addresses;

    private ServerHost(HostSettings settings, ServerEnvironment environment)
    {
        _settings = settings;
        _environment = environment;
        _metrics = settings.Metrics?.Attach(PtRole.Server);
        _services = new(settings.Configuration.Limits, settings.Logger, settings.Time, new(!settings.Configuration.SafeLogging), settings.ObserverWith(_metrics), pollers: settings.Pollers, launcherThread: settings.LauncherThread);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChainStart> Chains { get; private set; } = [];

    /// <inheritdoc/>
    public PlaitCounters Counters
    {
        get
        {
            List<ServerJoint> joints = [.. _programs.SelectMany(program => program.Joints)];
            return new(
                _listeners.Sum(listener => listener.Connections) + WireJoints.Sum(joint => joint.Connections),
                joints.Sum(joint => joint.Connections),
                Tickets: 0,
                Shims: 0,
                _programs.Sum(program => program.Dials.Count),
                Processes.Count(process => process.Running is not null),
                Leaks: 0,
                Provisional: 0,
                _services.Budget.Refused + _services.JointBudget.Refused);
        }
    }

    /// <summary>The processes of all programs.</summary>
    internal IEnumerable<TransportProcess> Processes => _programs.Select(program => program.Process);

    /// <summary>Where clients come to us, of the programs that listen at the wire themselves.</summary>
    private IEnumerable<ServerJoint> WireJoints => _programs.Where(program => program.PublicAddress is not null).SelectMany(program => program.Joints);

    /// <summary>
    /// Starts everything; returns when each chain listens or has failed, within the start limit. A program that is slow is waited for
    /// only for a moment once a chain works (<see cref="Limits.LateStartGrace"/>); its chains are announced if their bridge lines are known
    /// from an earlier start.
    /// </summary>
    /// <param name="settings">The plaitrc and the surroundings.</param>
    /// <param name="environment">What tor asks for: names, addresses, options, its own ports.</param>
    /// <param name="cancellationToken">Gives up the start; what was started is stopped.</param>
    /// <exception cref="IOException">The state location cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The state location may not be used.</exception>
    public static async Task<ServerHost> StartAsync(
        HostSettings settings, ServerEnvironment environment, CancellationToken cancellationToken)
    {
        var host = new ServerHost(settings, environment);
        try
        {
            await host.StartChainsAsync(cancellationToken).ConfigureAwait(false);
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
        _programs.ForEach(program => program.StopAccepting());
        _state?.Dispose(); // a successor may start while the last connections go on
    }

    /// <inheritdoc/>
    public Task WhenIdleAsync() => Task.WhenAll(
        _listeners.Select(listener => listener.WhenIdleAsync()).Concat(WireJoints.Select(joint => joint.WhenIdleAsync())));

    /// <summary>Ends all connections and stops all programs, side by side (L22), within twice ExitGrace and a second.</summary>
    public async ValueTask DisposeAsync()
    {
        _services.Reporter.PlaitEnds();
        try
        {
            await HostEnd.OfAsync(
                _listeners.Select(listener => listener.DisposeAsync().AsTask())
                    .Concat(_programs.Select(program => program.DisposeAsync().AsTask())).Append(_unused),
                _services).ConfigureAwait(false);
        }
        finally // children end whatever has failed (G7)
        {
            _files?.Dispose();
            _state?.Dispose();
            await _services.DisposeAsync().ConfigureAwait(false);
            _metrics?.Dispose();
        }
    }

    private async Task StartChainsAsync(CancellationToken cancellationToken)
    {
        if (_environment.ExtendedServerPort is { } port && !IPAddress.IsLoopback(port.Address)) // X25
        {
            ChainLog.ExtOrPortNotLoopback(_services.Logger);
        }

        List<ChainPlan> plans = ChainPlan.Resolve(_settings.Configuration, PtRole.Server, _environment.Transports);
        Dictionary<ServerPlugin, Task> starts = await StartProgramsAsync(plans, cancellationToken).ConfigureAwait(false);
        var chains = new Dictionary<string, ServerChain>();
        Chains = await new ChainOpener(_services.Limits, _services.Time, Report).OpenAsync(
            plans, plan => FirstStartsOf(plan, starts), plan => OpenAndServe(plan, chains), cancellationToken).ConfigureAwait(false);
        _unused = StopUnusedAsync(chains.Keys); // beside: tor waits for DONE
        foreach (TransportProcess process in Processes)
        {
            process.CameUp += OpenReady;
            process.WentDown += PauseDown;
            process.IsNoLongerAwaited();
        }

        OpenReady(); // one may have come up in between, or gone down
        PauseDown();
        _metrics?.Counting(() => Counters);
    }

    private void Report(ChainStart chain)
    {
        _settings.ChainStarted?.Invoke(chain);
        _services.Observer.OnEvent(chain.Event);
    }

    private Task FirstStartsOf(ChainPlan plan, Dictionary<ServerPlugin, Task> starts) =>
        Task.WhenAll(_places.Where(place => place.Key.Chain == plan.Alias).Select(place => starts[place.Value]));

    private ChainStart OpenAndServe(ChainPlan plan, Dictionary<string, ServerChain> chains)
    {
        ChainStart start = Open(plan, chains);
        var served = new Dictionary<string, ServerChain>(chains); // theirs: connections of chains that listen already look it up
        _programs.ForEach(program => program.Arrivals.Serve(served));
        return start;
    }

    /// <summary>Stops what only chains need that cannot be used: tor cannot be told of them later (M25).</summary>
    private Task StopUnusedAsync(IReadOnlyCollection<string> chains)
    {
        HashSet<ServerPlugin> used = [.. _places.Where(place => chains.Contains(place.Key.Chain)).Select(place => place.Value)];
        List<ServerPlugin> unused = _programs.FindAll(program => !used.Contains(program));
        _programs.RemoveAll(unused.Contains);
        return Task.WhenAll(unused.Select(program => program.DisposeAsync().AsTask()));
    }

    private void OpenReady() => _listeners.ForEach(listener => listener.OpenIfReady());

    private void PauseDown() => _listeners.ForEach(listener => listener.PauseIfDown());

    /// <summary>Begins to start the programs.</summary>
    /// <returns>For each, its first start: it ends when the program has come up or failed.</returns>
    private async Task<Dictionary<ServerPlugin, Task>> StartProgramsAsync(List<ChainPlan> plans, CancellationToken cancellationToken)
    {
        _state = await StateHome.OpenAsync(
            new(_environment.StateLocation ?? DefaultState.In(Path.GetTempPath()), _settings.ConfigurationName, _settings.ConfigurationPath, PtRole.Server),
            PositionsOf(plans), _services.Limits.SuccessionTimeout, _services.Time, _services.Logger, cancellationToken).ConfigureAwait(false);
        StateDirectories directories = _state.Directories;
        _files = new(directories.Root, PtRole.Server, _services.Environment);
        var learned = new TransportsWithoutExtOrPort(directories.Root, _services.Logger);
        _addresses = new(directories.Root, _services.Logger);
        var planner = new ServerProcessPlanner(_settings.Configuration, _environment.Options, learned.WithoutExtOrPort, PublicAddress);
        for (int i = 0; i < plans.Count; i++)
        {
            if (plans[i].Definition is { } definition && planner.Add(plans[i].Alias, definition) is { } problem)
            {
                plans[i] = plans[i] with { Definition = null, Problem = SafeText.Own(problem) };
            }
        }

        IReadOnlyList<ServerProcessPlan> processes = planner.Plans;
        IReadOnlyList<StateFolder> assigned = directories.Assign([.. processes.Select(process => process.Positions)]);
        for (int i = 0; i < processes.Count; i++)
        {
            var program = new ServerPlugin(processes[i], assigned[i], _files, _addresses, _services, learned.Remember);
            _programs.Add(program);
            foreach (Position position in processes[i].Positions)
            {
                _places.Add((position.Chain, position.Hop), program);
            }
        }

        return _programs.ToDictionary(program => program, program => program.StartAsync(CancellationToken.None));
    }

    private static List<Position> PositionsOf(List<ChainPlan> plans) =>
        [.. from plan in plans
            from hop in (plan.Definition?.Hops ?? []).Index()
            where hop.Item.Source is TransportSource.Managed
            select new Position(plan.Alias, hop.Index, hop.Item.Name)];

    private ChainStart Open(ChainPlan plan, Dictionary<string, ServerChain> chains)
    {
        if (plan.Definition is not { } definition)
        {
            return plan.NotKnown();
        }

        List<ServerHop> hops = [.. definition.Hops.Select((declared, index) => HopOf(plan, declared, index))];
        var arguments = new List<PtArguments>();
        ChainStart.Failed? refusing = null;
        for (int index = 0; index < hops.Count; index++)
        {
            ProcessDown? down = hops[index].Obstacle;
            PtArguments? known = down is { MayPass: false } or { KeysAreLost: true } ? null : hops[index].Announce();
            if (down is not null)
            {
                ChainStart.Failed failed = plan.Failed(index, down);
                if (known is null) // a bridge line without its arguments, or with those of lost keys, would be published, and never work
                {
                    return down.IsUnderWay ? plan.Failed(index, down with { Advice = $"give it more time: raise LateStartGrace in the plaitrc" }) : failed;
                }

                refusing ??= failed;
            }

            arguments.Add(known ?? PtArguments.Empty);
        }

        return Listen(plan, new(plan.Alias, definition, hops, NewDialer(), _services), arguments, refusing, chains);
    }

    private ServerHop HopOf(ChainPlan plan, TransportDeclaration declared, int index) => declared.Source is TransportSource.Managed
        ? new ManagedServerHop(_places[(plan.Alias, index)], declared.Name)
        : new InProcessServerHop(InProcessTransports.All[declared.Name]);

    private ChainStart Listen(
        ChainPlan plan,
        ServerChain chain,
        List<PtArguments> arguments,
        ChainStart.Failed? refusing,
        Dictionary<string, ServerChain> chains)
    {
        PtArguments merged = ChainArguments.Merge(arguments);
        if (merged.FormatClient().Length > BridgeLine.MaxArgumentLength)
        {
            ChainLog.ArgumentsTooLong(_services.Logger, SafeText.Name(plan.Alias), BridgeLine.MaxArgumentLength);
        }

        return chain.Hops[^1].ListensItself
            ? Announce(plan, chain, merged, refusing, chains)
            : ListenInFront(plan, chain, merged, refusing, chains);
    }

    /// <summary>The wire hop listens itself: what it announces is what tor is told.</summary>
    private ChainStart Announce(
        ChainPlan plan,
        ServerChain chain,
        PtArguments arguments,
        ChainStart.Failed? refusing,
        Dictionary<string, ServerChain> chains)
    {
        if (chain.Hops[^1].AnnouncedAddress is not { } address) // it is down, and has never said so
        {
            return refusing!;
        }

        chains.Add(plan.Alias, chain);
        return plan.Listening(address, arguments, refusing, _services.Logger);
    }

    private ChainStart ListenInFront(
        ChainPlan plan, ServerChain chain, PtArguments arguments, ChainStart.Failed? refusing, Dictionary<string, ServerChain> chains)
    {
        IPEndPoint address = PublicAddress(plan.Alias);
        ServerListener? listener = null;
        try
        {
            listener = new(chain, address);
            if (refusing is null)
            {
                listener.Open();
            }

            _listeners.Add(listener);
            _addresses!.Remember(plan.Alias, new(address.Address, listener.EndPoint.Port), listener.EndPoint);
            chains.Add(plan.Alias, chain);
            return plan.Listening(listener.EndPoint, arguments, refusing, _services.Logger);
        }
        catch (SocketException e)
        {
            listener?.StopAccepting();
            return plan.Failed(null, ServerListener.TroubleAt(address).Of(e, _services.Scrubber));
        }
    }

    /// <summary>
    /// Where tor wants it (E28); where the plaitrc wants it if tor has no opinion (E30); else where it was before. A line for a transport
    /// is about the positions at which Plait dials it, unless the transport alone is the chain.
    /// </summary>
    private IPEndPoint PublicAddress(string alias)
    {
        IPEndPoint asked = _environment.BindAddresses.GetValueOrDefault(alias, new(IPAddress.Any, 0));
        if (asked.Port == 0 && MayBePublic(alias))
        {
            asked = _settings.Configuration.Server.ListenAddresses.GetValueOrDefault(alias, asked);
        }

        return _addresses!.Resolve(alias, asked);
    }

    private bool MayBePublic(string alias) =>
        !_settings.Configuration.Server.Transports.TryGetValue(alias, out TransportDeclaration? transport)
        || ServerProcessPlanner.ListensItself(transport);

    private ITorDialer NewDialer() => _environment switch // E38: the Extended ORPort where there is one
    {
        { ExtendedServerPort: { } port, AuthCookieFile: { } cookie } => new ExtOrPortDialer(port, cookie, _services.Sources),
        { OrPort: { } port } => new OrPortDialer(port, _services.Sources),
        _ => throw new ArgumentException("Neither an Extended ORPort with its cookie nor an ORPort is given."),
    };
}
