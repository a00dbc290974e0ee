using System.Net.Sockets;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Metrics;
using Plait.Diagnostics.Secrecy;
using Plait.Hops;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Hosting;

/// <summary>
/// A running client: the programs of the chains that were asked for, and one SOCKS port for each chain. tor's
/// ClientTransportPlugin line starts it, or an application that wants chains without tor.
/// </summary>
public sealed class ClientHost : IPlaitHost
{
    private readonly HostSettings _settings;
    private readonly OutsideSettings _outside;
    private readonly RunningSide<IClientPlugin, ClientListener> _side;
    private readonly ShimJoints _shims;
    private readonly Dictionary<Type, ClientHopProvider> _providers;

    private ClientHost(HostSettings settings, ClientEnvironment environment)
    {
        _settings = settings;
        _outside = new(environment.Proxy, environment.OutboundBindAddressV4, environment.OutboundBindAddressV6);
        _side = new(settings, PtRole.Client);
        _shims = new(_side.Services.Pollers);
        var surroundings = new ClientSurroundings(settings.Configuration, _outside, _side.Services);
        _providers = settings.Kinds.ToDictionary(kind => kind.Source, kind => kind.Client(surroundings));
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChainStart> Chains => _side.Chains;

    /// <inheritdoc/>
    public PlaitCounters Counters => new(
        _side.Listeners.Sum(listener => listener.Connections),
        _side.Programs.Sum(program => program.JointConnections),
        _side.Programs.Sum(program => program.Tickets),
        _shims.OpenCount,
        Outstanding: 0,
        Processes.Count(process => process.Running is not null),
        Joints.Sum(joint => joint.Leaks),
        _side.Listeners.Sum(listener => listener.Provisional),
        _side.Services.Budget.Refused + _side.Services.JointBudget.Refused);

    /// <summary>The processes of all programs.</summary>
    internal IEnumerable<TransportProcess> Processes => _side.Processes;

    private IEnumerable<ClientJoint> Joints => _side.Programs.SelectMany(program => program.Joints);

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
        var host = new ClientHost(settings.WithTransportsDeclared(), environment);
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
    public void StopAccepting() => _side.StopAccepting();

    /// <inheritdoc/>
    public Task WhenIdleAsync() => _side.WhenIdleAsync();

    /// <summary>Ends all connections and stops all programs, side by side (L22), within twice ExitGrace and a second.</summary>
    public ValueTask DisposeAsync() => _side.DisposeAsync();

    private async Task StartChainsAsync(ClientEnvironment environment, CancellationToken cancellationToken)
    {
        List<ChainPlan> plans = ChainPlan.Resolve(_settings.Configuration, PtRole.Client, environment.Transports);
        foreach (ChainDefinition chain in plans.Select(plan => plan.Definition).OfType<ChainDefinition>())
        {
            foreach (ClientHopProvider provider in _providers.Values)
            {
                provider.Add(chain);
            }
        }

        PlannedPlugin<IClientPlugin>[] programs = [.. _providers.Values.SelectMany(provider => provider.Programs)];
        if (programs.Length > 0)
        {
            StateDirectories directories = await _side.OpenStateAsync(environment.StateLocation, plans, cancellationToken).ConfigureAwait(false);
            _side.Start(programs, directories);
        }

        await _side.OpenAsync(plans, Open, cancellationToken).ConfigureAwait(false);
        _side.Count(() => Counters);
    }

    private ChainStart Open(ChainPlan plan)
    {
        if (plan.Definition is not { } definition)
        {
            return plan.NotKnown();
        }

        List<ClientHop> hops = [.. definition.Hops.Select((declared, index) => _providers[declared.Source.GetType()].HopOf(definition, index))];
        ChainStart.Failed? refusing = null;
        for (int index = 0; index < hops.Count; index++)
        {
            if (hops[index].Obstacle(wire: index == hops.Count - 1) is { } down)
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

    private ChainStart Listen(ChainPlan plan, ChainDefinition definition, List<ClientHop> hops, ChainStart.Failed? refusing)
    {
        TunnelEntrance? entrance = _settings.Entrances.GetValueOrDefault(plan.Alias);
        var dialer = new OutsideDialer(_outside.Proxy, _outside.BindV4, _outside.BindV6, _side.Services.Pollers) { Time = _side.Services.Time };
        try
        {
            var chain = new ClientChain(plan.Alias, definition, hops, dialer, _shims, _side.Services);
            var profiles = new ArgumentProfiles(_settings.Configuration.Profiles);
            ClientListener listener = entrance is not null
                ? ClientListener.ForTunnel(chain, profiles, entrance)
                : ClientListener.ForTor(chain, profiles);
            _side.Add(listener);
            return plan.Listening(listener.EndPoint, PtArguments.Empty, refusing, _side.Services.Logger);
        }
        catch (SocketException e)
        {
            return plan.Failed(null, entrance is not null ? TunnelEntranceTrouble.Of(e, entrance.PlaceWords) : new(
                ChainStage.Launch, FailureWords.CauseOf(e), $"no SOCKS port could be opened: {_side.Services.Scrubber.Scrub(e.Message)}"));
        }
    }
}
