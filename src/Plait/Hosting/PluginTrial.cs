using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Hops;
using Plait.Hops.Assemblies;
using Plait.Hops.InProcess;
using Plait.Hops.Managed;
using Plait.Hops.Tunnels;
using Plait.Processes;
using Plait.Transports.Foreign;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Hosting;

/// <summary>What the program of a plugin line did when it was started for a trial, or its assembly when it was loaded.</summary>
/// <param name="Role">The side that it was started for.</param>
/// <param name="At">Its plugin line.</param>
/// <param name="Program">The program, library or assembly, as written.</param>
/// <param name="Offered">The transports that it offered, in the order of the line.</param>
/// <param name="Refused">Those that it did not, and why.</param>
/// <param name="TakesProxy">Whether it takes a proxy, if it is a client that was asked.</param>
/// <param name="Took">From its start until it was known what it offers, or that it fails.</param>
/// <param name="Down">Why it could not be started; null if it was.</param>
[ProgramSeam]
internal sealed record PluginTrial(
    PtRole Role,
    SourceLine? At,
    string Program,
    IReadOnlyList<string> Offered,
    IReadOnlyDictionary<string, ProcessDown> Refused,
    bool? TakesProxy,
    TimeSpan Took,
    ProcessDown? Down);

/// <summary>
/// Starts the programs of a plaitrc as a Plait under tor would, each once, and stops them again. State is kept in a scratch directory that is
/// removed, and servers listen on loopback at ports that are free: a bridge that runs from the same plaitrc is not disturbed.
/// </summary>
[ProgramSeam]
internal sealed class PluginTrials : IAsyncDisposable
{
    private readonly PlaitConfiguration _configuration;
    private readonly HostServices _services;
    private readonly string _scratch = Directory.CreateTempSubdirectory("plait-check-").FullName;
    private readonly RuntimeFiles _files;
    private readonly PublicAddresses _addresses;
    private int _folders;

    private PluginTrials(PlaitConfiguration configuration, string? libraryHost)
    {
        _configuration = configuration;
        _services = new(configuration.Limits, NullLogger.Instance, TimeProvider.System, new(!configuration.SafeLogging), libraryHost: libraryHost) { IsolatesLibraries = true };
        _files = new(_scratch, PtRole.Server, [null]);
        _addresses = new(_scratch, NullLogger.Instance);
    }

    /// <summary>Starts all programs that can be found, side by side.</summary>
    /// <param name="configuration">The plaitrc.</param>
    /// <param name="asked">Names that tor asks a bridge for, besides the aliases of the file.</param>
    /// <param name="options">tor's ServerTransportOptions, by chain.</param>
    /// <param name="libraryHost">The program that shared libraries run in.</param>
    /// <param name="cancellationToken">Gives up; what was started is stopped.</param>
    /// <returns>Clients first, in the order of the file.</returns>
    /// <exception cref="IOException">There is no place for a scratch directory.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    internal static async Task<IReadOnlyList<PluginTrial>> RunAsync(
        PlaitConfiguration configuration,
        IReadOnlyCollection<string> asked,
        IReadOnlyDictionary<string, PtArguments> options,
        string? libraryHost,
        CancellationToken cancellationToken)
    {
        var trials = new PluginTrials(configuration, libraryHost);
        await using (trials.ConfigureAwait(false))
        {
            return await Task.WhenAll(
                trials.ClientLines().Select(line => trials.TryClientAsync(line, cancellationToken))
                    .Concat(trials.ClientListeners().Select(listener => trials.TryListenerAsync(listener, cancellationToken)))
                    .Concat(trials.ServerPlans(asked, options).Select(plan => trials.TryServerAsync(plan, cancellationToken)))
                    .Concat(trials.ServerTunnels(asked, options).Select(plan => trials.TryTunnelAsync(plan, cancellationToken)))
                    .Concat(trials.ClientAssemblies().Select(transport => trials.TryAssemblyAsync(transport, cancellationToken)))
                    .Concat(trials.ServerAssemblies(asked, options).Select(place => trials.TryAssemblyAsync(place.Transport, place.Options, cancellationToken))))
                .ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _files.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
        try
        {
            Directory.Delete(_scratch, recursive: true);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // A program may have left a file there that only it can delete: what was found is reported all the same.
        }
    }

    private IEnumerable<PluginLine> ClientLines() => _configuration.Client.Transports.Values
        .Select(transport => transport.Source).OfType<TransportSource.Managed>().Select(source => source.Line).Distinct()
        .Where(CanBeFound).OrderBy(line => line.At.Line);

    /// <summary>SOCKS programs, tunnels and plugins that can be started without the arguments of a bridge line.</summary>
    private IEnumerable<TransportDeclaration> ClientListeners() => _configuration.Client.Transports.Values
        .Where(transport => transport.Source switch
        {
            TransportSource.SocksProgram program => program.Template.ArgumentKeys.Count == 0,
            TransportSource.Tunnel tunnel => tunnel.Template.ArgumentKeys.Count == 0 && (!tunnel.IsSip003 || tunnel.Options.Count > 0),
            _ => false,
        })
        .Where(transport => CanBeFound(transport.Source.Line!)).OrderBy(transport => transport.Source.Line!.At.Line);

    private IEnumerable<TransportDeclaration> ClientAssemblies() =>
        _configuration.Client.Transports.Values.Where(CanBeLoaded).OrderBy(transport => ((TransportSource.Assembly)transport.Source).At?.Line);

    /// <summary>The assemblies of a bridge with these chains, each with each of its options once.</summary>
    private List<(TransportDeclaration Transport, PtArguments Options)> ServerAssemblies(
        IReadOnlyCollection<string> asked, IReadOnlyDictionary<string, PtArguments> options)
    {
        var distribution = new ServerOptions(_configuration.Server.Options, options);
        return [.. ChainPlan.Resolve(_configuration, PtRole.Server, NamesOf(asked))
            .Select(plan => plan.Definition).OfType<ChainDefinition>()
            .SelectMany(chain => distribution.Distribute(chain, out IReadOnlyList<PtArguments> perHop) is null ? chain.Hops.Zip(perHop) : [])
            .Where(place => CanBeLoaded(place.First))
            .Distinct()];
    }

    private static bool CanBeLoaded(TransportDeclaration transport) =>
        transport.Source is TransportSource.Assembly assembly && TransportAssembly.ProblemOf(assembly.FullPath) is null;

    private static bool CanBeFound(PluginLine line) => ProgramFile.Find(line).Path is not null;

    private async Task<PluginTrial> TryClientAsync(PluginLine line, CancellationToken cancellationToken)
    {
        ClientJointChoice choice = ClientProcessPlanner.DeclaredJointOf(_configuration, line);
        Position[] positions = [.. line.Transports.Select(name => new Position(name, 0, name))];
        var program = new ClientPlugin(
            new(line, ClientProcessKind.Shared, choice, [.. positions.Select(position => new ClientPosition(position, Wire: true))], [positions]),
            name => new ProxyJoint(name, _services.JointBudget, _services.Limits, _services.Time, _services.Logger, _services.Pollers), [NextFolder()], OutsideSettings.None, _services);
        await using (program.ConfigureAwait(false))
        {
            long started = _services.Time.GetTimestamp();
            await program.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            PluginTrial trial = Outcome(PtRole.Client, line, line.Transports, program.Processes.First(), _services.Time.GetElapsedTime(started));
            return trial.Down is null && choice != ClientJointChoice.Shim ? trial with { TakesProxy = program.Joint is not null } : trial;
        }
    }

    private async Task<PluginTrial> TryServerAsync(ServerProcessPlan plan, CancellationToken cancellationToken)
    {
        var program = new ServerPlugin(plan, NextFolder(), _files, _addresses, _services, learnedOrPort: _ => { });
        await using (program.ConfigureAwait(false))
        {
            long started = _services.Time.GetTimestamp();
            await program.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return Outcome(PtRole.Server, plan.Line, plan.Transports, program.Process, _services.Time.GetElapsedTime(started));
        }
    }

    /// <summary>A tunnel is told a listener of Plait's as its target, to which nothing is sent.</summary>
    private async Task<PluginTrial> TryListenerAsync(TransportDeclaration transport, CancellationToken cancellationToken)
    {
        var surroundings = new ClientSurroundings(_configuration, OutsideSettings.None, _services);
        (PooledProgram program, PluginLine line) = ListenerTrial.New(transport, NextFolder(), surroundings);
        await using (program.ConfigureAwait(false))
        {
            long started = _services.Time.GetTimestamp();
            program.Start();
            await program.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return Outcome(PtRole.Client, line, [transport.Name], program.Process, _services.Time.GetElapsedTime(started));
        }
    }

    private async Task<PluginTrial> TryTunnelAsync(TunnelServerPlan plan, CancellationToken cancellationToken)
    {
        ServerPlugin program = plan.NewProgram(NextFolder(), _files, _addresses, _services);
        await using (program.ConfigureAwait(false))
        {
            long started = _services.Time.GetTimestamp();
            await program.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return Outcome(PtRole.Server, plan.Process.Line, plan.Process.Transports, program.Process, _services.Time.GetElapsedTime(started));
        }
    }

    private PluginTrial Outcome(PtRole role, PluginLine line, IReadOnlyList<string> asked, TransportProcess process, TimeSpan took) =>
        process.Running is { } running
            ? new(
                role, line.At, line.Program, [.. asked.Where(running.Methods.ContainsKey)],
                running.Refused.Where(refused => asked.Contains(refused.Key)).ToDictionary(),
                null, took, null)
            : new(role, line.At, line.Program, [], new Dictionary<string, ProcessDown>(), null, took, process.Down);

    /// <summary>Loads an assembly and makes its transport, as a client does.</summary>
    private async Task<PluginTrial> TryAssemblyAsync(TransportDeclaration transport, CancellationToken cancellationToken)
    {
        var client = new AssemblyClient(transport.Name, (TransportSource.Assembly)transport.Source, _services);
        await using (client.ConfigureAwait(false))
        {
            long started = _services.Time.GetTimestamp();
            await client.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return Outcome(PtRole.Client, transport, client.HopOf(transport).Obstacle(wire: true), started);
        }
    }

    /// <summary>The same as a bridge does, which prepares it with its options as well.</summary>
    private async Task<PluginTrial> TryAssemblyAsync(TransportDeclaration transport, PtArguments options, CancellationToken cancellationToken)
    {
        var server = new InProcessServer(transport.Name, transport.Source.ServerInside!, options, NextFolder(), _services);
        await using (server.ConfigureAwait(false))
        {
            long started = _services.Time.GetTimestamp();
            await server.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return Outcome(PtRole.Server, transport, server.Down, started);
        }
    }

    private PluginTrial Outcome(PtRole role, TransportDeclaration transport, ProcessDown? down, long started)
    {
        var source = (TransportSource.Assembly)transport.Source;
        return new(
            role, source.At, source.Path, down is null ? [transport.Name] : [], new Dictionary<string, ProcessDown>(), null,
            _services.Time.GetElapsedTime(started), down);
    }

    private StateFolder NextFolder() =>
        new(Path.Combine(_scratch, $"program{Interlocked.Increment(ref _folders)}"), origin: null);

    /// <summary>
    /// The processes that a bridge with these chains would have, but for those that differ only in their address: one for each line, and a
    /// further one where options of one transport differ by chain.
    /// </summary>
    private List<ServerProcessPlan> ServerPlans(IReadOnlyCollection<string> asked, IReadOnlyDictionary<string, PtArguments> options)
    {
        var planned = new List<ServerProcessPlan>();
        foreach (ChainPlan chain in ChainPlan.Resolve(_configuration, PtRole.Server, NamesOf(asked)))
        {
            // One at a time: that two chains want one port is not what is tried here.
            var planner = new ServerProcessPlanner(_configuration, options, new HashSet<string>(), new(_configuration.Server, _ => new(IPAddress.Any, 0)));
            if (chain.Definition is { } definition && planner.Add(definition) is null)
            {
                planned.AddRange(planner.Plans.Where(plan => CanBeFound(plan.Line)));
            }
        }

        var merged = new List<ServerProcessPlan>();
        foreach (ServerProcessPlan plan in planned.OrderBy(plan => plan.Line.At.Line))
        {
            int fitting = merged.FindIndex(other => other.Line == plan.Line && other.Choice == plan.Choice
                && plan.Options.All(option => !other.Options.TryGetValue(option.Key, out PtArguments? options) || options.Equals(option.Value)));
            ServerProcessPlan whole = fitting < 0 ? OnLoopback(plan) : Both(merged[fitting], plan);
            if (fitting < 0)
            {
                merged.Add(whole);
            }
            else
            {
                merged[fitting] = whole;
            }
        }

        return merged;
    }

    /// <summary>The tunnels of a bridge with these chains, each with each of its options once, at a port of loopback.</summary>
    private List<TunnelServerPlan> ServerTunnels(IReadOnlyCollection<string> asked, IReadOnlyDictionary<string, PtArguments> options)
    {
        var distribution = new ServerOptions(_configuration.Server.Options, options);
        return [.. ChainPlan.Resolve(_configuration, PtRole.Server, NamesOf(asked))
            .Select(plan => plan.Definition).OfType<ChainDefinition>()
            .SelectMany(chain => distribution.Distribute(chain, out IReadOnlyList<PtArguments> perHop) is null
                ? TunnelServerPlan.Of(chain, perHop, _ => new(IPAddress.Any, 0), new Dictionary<string, IPEndPoint>())
                : [])
            .Where(plan => CanBeFound(plan.Process.Line))
            .OrderBy(plan => plan.FacesNetwork) // first those that may listen at loopback alone: what serves there serves at the wire
            .DistinctBy(plan => (plan.Process.Line, plan.Options))
            .Select(plan => plan with { Process = OnLoopback(plan.Process) })
            .OrderBy(plan => plan.Process.Line.At.Line)];
    }

    /// <summary>The aliases, what was asked for, and the transports that stand in neither: those may have their options by the chain alone.</summary>
    private List<string> NamesOf(IReadOnlyCollection<string> asked)
    {
        List<string> names = [.. asked, .. _configuration.Aliases.Keys];
        HashSet<string> used =
            [.. ChainPlan.Resolve(_configuration, PtRole.Server, names).SelectMany(plan => plan.Definition?.Hops ?? []).Select(hop => hop.Name)];
        return [.. names, .. _configuration.Server.Transports.Keys.Where(name => !used.Contains(name))];
    }

    private static ServerProcessPlan OnLoopback(ServerProcessPlan plan) =>
        plan with { PublicAddress = null, BindAddresses = new Dictionary<string, IPEndPoint>() };

    // A new one: the transports of a plan are those of the positions with which it was made.
    private static ServerProcessPlan Both(ServerProcessPlan one, ServerProcessPlan other) => new(
        one.Line, one.Choice, [.. one.Positions, .. other.Positions],
        one.Options.Concat(other.Options).DistinctBy(option => option.Key).ToDictionary(), one.BindAddresses, one.Indirect, PublicAddress: null);
}
