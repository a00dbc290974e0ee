using System.Net;
using System.Net.Sockets;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Metrics;
using Plait.Diagnostics.Secrecy;
using Plait.Hops;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Hosting;

/// <summary>
/// A running bridge side: the programs of the chains that were asked for. Of each chain the program at the wire listens itself;
/// where Plait does it in its place, or the wire hop is inside Plait, there is a public listener. tor's
/// ServerTransportPlugin line starts it.
/// </summary>
public sealed class ServerHost : IPlaitHost
{
    private readonly HostSettings _settings;
    private readonly ServerEnvironment _environment;
    private readonly RunningSide<IServerPlugin, ServerListener> _side;

    private ServerHost(HostSettings settings, ServerEnvironment environment)
    {
        _settings = settings;
        _environment = environment;
        _side = new(settings, PtRole.Server);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChainStart> Chains => _side.Chains;

    /// <inheritdoc/>
    public PlaitCounters Counters => new(
        _side.Listeners.Sum(listener => listener.Connections) + _side.Programs.SelectMany(program => program.WireJoints).Sum(joint => joint.Connections),
        _side.Programs.SelectMany(program => program.Joints).Sum(joint => joint.Connections),
        Tickets: 0,
        Shims: 0,
        _side.Programs.Sum(program => program.OutstandingDials),
        Processes.Count(process => process.Running is not null),
        Leaks: 0,
        Provisional: 0,
        _side.Services.Budget.Refused + _side.Services.JointBudget.Refused);

    /// <summary>The processes of all programs.</summary>
    internal IEnumerable<TransportProcess> Processes => _side.Processes;

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
        var host = new ServerHost(settings.WithTransportsDeclared(), environment);
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
    public void StopAccepting() => _side.StopAccepting();

    /// <inheritdoc/>
    public Task WhenIdleAsync() => _side.WhenIdleAsync();

    /// <summary>Ends all connections and stops all programs, side by side (L22), within twice ExitGrace and a second.</summary>
    public ValueTask DisposeAsync() => _side.DisposeAsync();

    private async Task StartChainsAsync(CancellationToken cancellationToken)
    {
        if (_environment.ExtendedServerPort is { } port && !IPAddress.IsLoopback(port.Address)) // X25
        {
            ChainLog.ExtOrPortNotLoopback(_side.Services.Logger);
        }

        List<ChainPlan> plans = ChainPlan.Resolve(_settings.Configuration, PtRole.Server, _environment.Transports);
        StateDirectories directories = await _side.OpenStateAsync(_environment.StateLocation, plans, cancellationToken).ConfigureAwait(false);
        var files = new RuntimeFiles(directories.Root, PtRole.Server, _side.Services.Environment);
        _side.Own(files);
        var surroundings = new ServerSurroundings(
            _settings.Configuration, _environment, _side.Services, directories.Root,
            new(_settings.Configuration.Server, _environment, new(directories.Root, _side.Services.Logger)), files);
        Dictionary<Type, ServerHopProvider> providers = _settings.Kinds
            .Where(kind => kind.Server is not null).ToDictionary(kind => kind.Source, kind => kind.Server!(surroundings));
        Plan(plans, providers.Values, surroundings.Claims);
        _side.Start([.. providers.Values.SelectMany(provider => provider.Programs)], directories);
        var opener = new ServerChainOpener(_side, surroundings, providers, _settings.Services);
        await _side.OpenAsync(plans, opener.Open, cancellationToken).ConfigureAwait(false);
        foreach (TransportProcess process in Processes)
        {
            process.CameUp += OpenReady;
            process.WentDown += PauseDown;
        }

        OpenReady(); // one may have come up in between, or gone down
        PauseDown();
        _side.Count(() => Counters);
    }

    private void OpenReady()
    {
        foreach (ServerListener listener in _side.Listeners)
        {
            listener.OpenIfReady();
        }
    }

    private void PauseDown()
    {
        foreach (ServerListener listener in _side.Listeners)
        {
            listener.PauseIfDown();
        }
    }

    /// <summary>Finds places for the hops of the chains; a chain that cannot be served becomes one that has a problem.</summary>
    private static void Plan(List<ChainPlan> plans, IReadOnlyCollection<ServerHopProvider> providers, ListenClaims claims)
    {
        for (int i = 0; i < plans.Count; i++)
        {
            if (plans[i].Definition is { } definition
                && (claims.Add(definition) ?? providers.Select(provider => provider.Add(definition)).FirstOrDefault(problem => problem is not null)) is { } problem)
            {
                claims.Release(definition.Alias);
                plans[i] = plans[i] with { Definition = null, Problem = SafeText.Own(problem) };
            }
        }
    }
}
