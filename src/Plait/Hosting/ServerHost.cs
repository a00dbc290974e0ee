using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Processes;
using Plait.Transports;
using Plait.Wire.Pt;

namespace Plait.Hosting;

/// <summary>
/// A running bridge side: the programs of the chains that were asked for, and one public listener for each chain. What
/// tor's ServerTransportPlugin line starts.
/// </summary>
public sealed class ServerHost : IPlaitHost
{
    private readonly HostSettings _settings;
    private readonly ServerEnvironment _environment;
    private readonly Runtime _runtime;
    private readonly List<ServerProgram> _programs = [];
    private readonly Dictionary<(string Chain, int Hop), ServerProgram> _places = [];
    private readonly List<ServerListener> _listeners = [];
    private StateLock? _lock;

    private ServerHost(HostSettings settings, ServerEnvironment environment)
    {
        _settings = settings;
        _environment = environment;
        _runtime = new(settings.Configuration.Limits, settings.Logger, settings.Time, new(!settings.Configuration.SafeLogging), settings.Observer);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChainStart> Chains { get; private set; } = [];

    /// <inheritdoc/>
    public PlaitCounters Counters
    {
        get
        {
            List<IServerJoint> joints = [.. _programs.SelectMany(program => program.Joints)];
            return new(
                _listeners.Sum(listener => listener.Connections),
                joints.Sum(joint => joint.Connections),
                Tickets: 0,
                Shims: 0,
                _programs.Sum(program => program.Dials.Count),
                Processes.Count(process => process.Running is not null),
                Leaks: 0,
                Provisional: 0,
                _runtime.Budget.Refused + _runtime.JointBudget.Refused);
        }
    }

    /// <summary>The processes of all programs.</summary>
    internal IEnumerable<TransportProcess> Processes => _programs.Select(program => program.Process);

    /// <summary>Starts everything; returns when each chain listens or has failed, within the start limit.</summary>
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
        _lock?.Dispose(); // a successor may start while the last connections go on
    }

    /// <inheritdoc/>
    public Task WhenIdleAsync() => Task.WhenAll(_listeners.Select(listener => listener.WhenIdleAsync()));

    /// <summary>Ends all connections and stops all programs, side by side (L22).</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(
            _listeners.Select(listener => listener.DisposeAsync().AsTask())
                .Concat(_programs.Select(program => program.DisposeAsync().AsTask()))).ConfigureAwait(false);
        await _runtime.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
    }

    private async Task StartChainsAsync(CancellationToken cancellationToken)
    {
        if (_environment.ExtendedServerPort is { } port && !IPAddress.IsLoopback(port.Address)) // X25
        {
            ChainLog.ExtOrPortNotLoopback(_settings.Logger);
        }

        List<ChainPlan> plans = ChainPlan.Resolve(_settings.Configuration, PtRole.Server, _environment.Transports);
        await StartProgramsAsync(plans, cancellationToken).ConfigureAwait(false);
        var chains = new Dictionary<string, ServerChain>();
        Chains = [.. plans.Select(plan => Open(plan, chains))];
        _programs.ForEach(program => program.Serve(chains));
    }

    private async Task StartProgramsAsync(List<ChainPlan> plans, CancellationToken cancellationToken)
    {
        string state = _environment.StateLocation ?? Path.GetTempPath();
        _lock = await StateLock.TakeAsync(
            StateDirectories.RootOf(state, _settings.ConfigurationName), PtRole.Server,
            _runtime.Limits.EndingTimeout, _runtime.Time, cancellationToken).ConfigureAwait(false);
        StateDirectories directories = StateDirectories.Open(state, _settings.ConfigurationName, PtRole.Server);
        var learned = new LearnedJoints(directories.Root);
        var planner = new ServerProcessPlanner(_settings.Configuration, _environment.Options, learned.WithoutExtOrPort);
        for (int i = 0; i < plans.Count; i++)
        {
            if (plans[i].Definition is { } definition && planner.Add(plans[i].Alias, definition) is { } problem)
            {
                plans[i] = plans[i] with { Definition = null, Problem = SafeText.Own(problem) };
            }
        }

        IReadOnlyList<ServerProcessPlan> processes = planner.Plans;
        IReadOnlyList<string> assigned = directories.Assign([.. processes.Select(process => process.Positions)]);
        for (int i = 0; i < processes.Count; i++)
        {
            var program = new ServerProgram(processes[i], assigned[i], _runtime, learned.Remember);
            _programs.Add(program);
            foreach (Position position in processes[i].Positions)
            {
                _places.Add((position.Chain, position.Hop), program);
            }
        }

        await Task.WhenAll(_programs.Select(program => program.StartAsync(cancellationToken))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private ChainStart Open(ChainPlan plan, Dictionary<string, ServerChain> chains)
    {
        if (plan.Definition is not { } definition)
        {
            return plan.Failed(null, ChainStage.Launch, FailureCause.ArgumentWrong, plan.Problem!);
        }

        var hops = new List<ServerHop>();
        var arguments = new List<PtArguments>();
        for (int index = 0; index < definition.Hops.Count; index++)
        {
            TransportDeclaration declared = definition.Hops[index];
            if (declared.Source is not TransportSource.Managed)
            {
                hops.Add(new InProcessServerHop(InProcessTransports.All[declared.Name]));
                arguments.Add(PtArguments.Empty);
                continue;
            }

            ServerProgram program = _places[(plan.Alias, index)];
            if (program.Process.Running is not { } running)
            {
                ProcessDown down = program.Process.Down!;
                return plan.Failed(index, down.Stage, down.Cause, down.Text);
            }

            if (!running.Methods.TryGetValue(declared.Name, out TransportMethod? method))
            {
                string why = running.Refused.GetValueOrDefault(declared.Name, "it is not offered");
                return plan.Failed(index, ChainStage.Negotiation, FailureCause.ArgumentWrong, $"{program.Name}: {_runtime.Scrubber.Scrub(why)}");
            }

            hops.Add(new ManagedServerHop(program, declared.Name));
            arguments.Add(method.Arguments);
        }

        return Listen(plan, new(plan.Alias, definition, hops, NewDialer(), _runtime), arguments, chains);
    }

    private ChainStart Listen(
        ChainPlan plan, ServerChain chain, List<PtArguments> arguments, Dictionary<string, ServerChain> chains)
    {
        PtArguments merged = ChainArguments.Merge(arguments);
        if (merged.FormatClient().Length > BridgeLine.MaxArgumentLength)
        {
            ChainLog.ArgumentsTooLong(_settings.Logger, SafeText.Name(plan.Alias), BridgeLine.MaxArgumentLength);
        }

        IPEndPoint address = PublicAddress(plan.Alias);
        try
        {
            var listener = new ServerListener(chain, address);
            _listeners.Add(listener);
            chains.Add(plan.Alias, chain);
            return new ChainStart.Listening(plan.Alias, listener.EndPoint, merged);
        }
        catch (SocketException e)
        {
            return plan.Failed(null, ChainStage.Launch, FailureWords.CauseOf(e),
                $"port {address.Port} cannot be listened on: {_runtime.Scrubber.Scrub(e.Message)}");
        }
    }

    /// <summary>Where tor wants it (E28); where the plaitrc wants it if tor has no opinion (E30).</summary>
    private IPEndPoint PublicAddress(string alias)
    {
        IPEndPoint fromTor = _environment.BindAddresses.GetValueOrDefault(alias, new(IPAddress.Any, 0));
        bool namesTransport = _settings.Configuration.Server.Transports.ContainsKey(alias); // then it is the child's own address
        return fromTor.Port == 0 && !namesTransport
            ? _settings.Configuration.Server.ListenAddresses.GetValueOrDefault(alias, fromTor)
            : fromTor;
    }

    private ITorDialer NewDialer() => _environment switch // E38: the Extended ORPort where there is one
    {
        { ExtendedServerPort: { } port, AuthCookieFile: { } cookie } => new ExtOrPortDialer(port, cookie, _runtime.Sources, _runtime.Limits),
        { OrPort: { } port } => new OrPortDialer(port, _runtime.Sources),
        _ => throw new ArgumentException("Neither an Extended ORPort with its cookie nor an ORPort is given."),
    };
}
