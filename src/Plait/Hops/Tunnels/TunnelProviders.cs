using System.Net;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Hops.Tunnels;

/// <summary>Provides the hops of a client that are SOCKS programs which Plait starts: one program for each transport.</summary>
/// <param name="surroundings">Of the client.</param>
internal sealed class SocksProgramHopProvider(ClientSurroundings surroundings) : ClientHopProvider
{
    private readonly Dictionary<string, (TransportDeclaration Transport, List<Position> Positions)> _transports = [];
    private readonly Dictionary<string, SocksProgramPlugin> _programs = [];

    internal override IReadOnlyList<PlannedPlugin<IClientPlugin>> Programs =>
        [.. _transports.Values.Select(each =>
            new PlannedPlugin<IClientPlugin>([each.Positions], folders => New(each.Transport, each.Positions, folders[0])))];

    internal override void Add(ChainDefinition chain)
    {
        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index())
        {
            if (transport.Source is TransportSource.SocksProgram)
            {
                if (!_transports.TryGetValue(transport.Name, out (TransportDeclaration Transport, List<Position> Positions) known))
                {
                    _transports.Add(transport.Name, known = (transport, []));
                }

                known.Positions.Add(new(chain.Alias, hop, transport.Name));
            }
        }
    }

    internal override ClientHop HopOf(ChainDefinition chain, int hop) => _programs[chain.Hops[hop].Name].HopOf(chain.Hops[hop]);

    private SocksProgramPlugin New(TransportDeclaration transport, List<Position> positions, StateFolder folder)
    {
        var program = new SocksProgramPlugin(transport, positions, folder, surroundings, surroundings.Tunnels);
        _programs.Add(transport.Name, program);
        return program;
    }
}

/// <summary>Provides the hops of a client that are tunnels: programs of its own for each position.</summary>
/// <param name="surroundings">Of the client.</param>
internal sealed class TunnelClientHopProvider(ClientSurroundings surroundings) : ClientHopProvider
{
    private readonly List<(ClientPosition Place, TransportDeclaration Transport)> _places = [];
    private readonly Dictionary<(string Chain, int Hop), TunnelPlugin> _programs = [];

    internal override IReadOnlyList<PlannedPlugin<IClientPlugin>> Programs =>
        [.. _places.Select(each =>
            new PlannedPlugin<IClientPlugin>([[each.Place.Position]], folders => New(each.Place, each.Transport, folders[0])))];

    internal override void Add(ChainDefinition chain)
    {
        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index())
        {
            if (transport.Source is TransportSource.Tunnel)
            {
                _places.Add((new(new(chain.Alias, hop, transport.Name), Wire: hop == chain.Hops.Count - 1), transport));
            }
        }
    }

    internal override ClientHop HopOf(ChainDefinition chain, int hop) => _programs[(chain.Alias, hop)].HopOf(chain.Hops[hop]);

    private TunnelPlugin New(ClientPosition place, TransportDeclaration transport, StateFolder folder)
    {
        var program = new TunnelPlugin(transport, place, folder, surroundings, surroundings.Tunnels);
        _programs.Add((place.Position.Chain, place.Position.Hop), program);
        return program;
    }
}

/// <summary>Provides the hops of a bridge that are tunnels: a process for each position, so that the chain of what it brings is certain.</summary>
/// <param name="surroundings">Of the bridge.</param>
internal sealed class TunnelServerHopProvider(ServerSurroundings surroundings) : ServerHopProvider
{
    private readonly List<TunnelServerPlan> _plans = [];
    private readonly Dictionary<(string Chain, int Hop), ServerPlugin> _programs = [];

    internal override IReadOnlyList<PlannedPlugin<IServerPlugin>> Programs =>
        [.. _plans.Select(plan => new PlannedPlugin<IServerPlugin>([plan.Process.Positions], folders => New(plan, folders[0])))];

    internal override string? Add(ChainDefinition chain)
    {
        if (surroundings.Options.Distribute(chain, out IReadOnlyList<PtArguments> perHop) is { } wrong)
        {
            return wrong;
        }

        List<TunnelServerPlan> plans = TunnelServerPlan.Of(
            chain, perHop, surroundings.Addresses.PublicOf, surroundings.Configuration.Server.ListenAddresses);
        if (plans.Select(plan => plan.Problem).FirstOrDefault(problem => problem is not null) is { } problem)
        {
            return problem;
        }

        _plans.AddRange(plans);
        return null;
    }

    internal override ServerHop HopOf(ChainDefinition chain, int hop) => new ManagedServerHop(_programs[(chain.Alias, hop)], chain.Hops[hop].Name);

    private ServerPlugin New(TunnelServerPlan plan, StateFolder folder)
    {
        ServerPlugin program = plan.NewProgram(folder, surroundings.Files, surroundings.Addresses.Store, surroundings.Services);
        _programs.Add((plan.Position.Chain, plan.Position.Hop), program);
        return program;
    }
}

/// <summary>A tunnel at one position of a bridge's chain.</summary>
/// <param name="Process">What its process is to do.</param>
/// <param name="Source">Its program.</param>
internal sealed record TunnelServerPlan(ServerProcessPlan Process, TransportSource.Tunnel Source)
{
    /// <summary>The position.</summary>
    internal Position Position => Process.Positions[0];

    /// <summary>It is to be reached from the network, and may listen at all addresses. A trial listens at loopback all the same.</summary>
    internal bool FacesNetwork { get; init; }

    /// <summary>The options of its hop.</summary>
    internal PtArguments Options => Process.Options[Position.Transport];

    /// <summary>What is wrong with its options, and what to do; null if nothing is.</summary>
    internal string? Problem => Command.Problem(Options, target: null) is { } problem
        ? $"{problem}; write it in ServerTransportOptions of the chain or of {Position.Transport}"
        : null;

    private ListenerCommand Command => new(Source.Line, Source.Template, Wire.Pt.PtRole.Server, Source);

    /// <summary>The tunnels of a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="options">The options of each hop.</param>
    /// <param name="publicAddress">Where a chain is to be reached.</param>
    /// <param name="bindAddresses">Where transports listen at positions that Plait dials, if that is fixed.</param>
    internal static List<TunnelServerPlan> Of(
        ChainDefinition chain,
        IReadOnlyList<PtArguments> options,
        Func<string, IPEndPoint> publicAddress,
        IReadOnlyDictionary<string, IPEndPoint> bindAddresses)
    {
        var plans = new List<TunnelServerPlan>();
        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index())
        {
            if (transport.Source is TransportSource.Tunnel tunnel)
            {
                bool itself = hop == chain.Hops.Count - 1 && transport.ListensItself;
                plans.Add(new(
                    new(
                        tunnel.Line, ServerJointChoice.OrPort, [new(chain.Alias, hop, transport.Name)],
                        new Dictionary<string, PtArguments> { [transport.Name] = options[hop] }, bindAddresses, new HashSet<string>(),
                        itself ? publicAddress(chain.Alias) : null),
                    tunnel) { FacesNetwork = itself });
            }
        }

        return plans;
    }

    /// <summary>Its program, not started yet.</summary>
    internal ServerPlugin NewProgram(StateFolder state, RuntimeFiles files, PublicAddresses addresses, Chains.HostServices services) =>
        new(Process, state, files, addresses, services, learnedOrPort: _ => { }, new TunnelServerProgram(this, Command, state, services));

    /// <summary>Without its options (G5).</summary>
    public override string ToString() => Process.ToString();
}
