using System.Net;
using System.Net.Sockets;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Hops;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Torrc;

namespace Plait.Hosting;

/// <summary>Opens the chains of a bridge with what runs at that moment, and lets the programs know of each.</summary>
/// <param name="side">The programs.</param>
/// <param name="surroundings">tor's own ports, and where the chains are to be reached.</param>
/// <param name="providers">Make the hops, by the type of their sources.</param>
/// <param name="services">What chains lead to that are ends of tunnels, by alias; the others lead to tor.</param>
internal sealed class ServerChainOpener(
    RunningSide<IServerPlugin, ServerListener> side, ServerSurroundings surroundings, IReadOnlyDictionary<Type, ServerHopProvider> providers,
    IReadOnlyDictionary<string, TunnelService> services)
{
    private static readonly ProcessDown s_noPlace = new(
        ChainStage.Launch, FailureCause.ArgumentWrong,
            $"the transport listens at the network itself, and can take neither a socket of the service manager nor several addresses")
    {
        Advice = $"write ServerTransportWire NAME plait in the plaitrc, or give one address to listen at",
    };

    private readonly Dictionary<string, ServerChain> _chains = [];

    /// <summary>Opens one chain.</summary>
    internal ChainStart Open(ChainPlan plan)
    {
        ChainStart start = plan.Definition is { } definition ? Open(plan, definition) : plan.NotKnown();
        var served = new Dictionary<string, ServerChain>(_chains); // theirs: connections of chains that listen already look it up
        foreach (IServerPlugin program in side.Programs)
        {
            program.Serve(served);
        }

        if (start is ChainStart.Listening listening)
        {
            bool isTors = !services.ContainsKey(plan.Alias); // clients of a tunnel know the chain by its hops
            string name = isTors ? plan.Alias
                : FinishedBridgeLine.NameOf(surroundings.Configuration, [.. plan.Definition!.Hops.Select(hop => hop.Name)]);
            FinishedBridgeLine.Keep(surroundings.StateRoot, name, listening, isTors, side.Services.Logger);
        }

        return start;
    }

    private ChainStart Open(ChainPlan plan, ChainDefinition definition)
    {
        List<ServerHop> hops = [.. definition.Hops.Select((declared, index) => providers[declared.Source.GetType()].HopOf(definition, index))];
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

        return Listen(plan, new(plan.Alias, definition, hops, InnerEndOf(plan.Alias), side.Services), arguments, refusing);
    }

    private ChainStart Listen(ChainPlan plan, ServerChain chain, List<PtArguments> arguments, ChainStart.Failed? refusing)
    {
        PtArguments merged = ChainArguments.Merge(arguments);
        if (merged.FormatClient().Length > BridgeLine.MaxArgumentLength)
        {
            ChainLog.ArgumentsTooLong(side.Services.Logger, SafeText.Name(plan.Alias), BridgeLine.MaxArgumentLength);
        }

        return chain.Hops[^1] is { ListensItself: true } wire
            ? services.GetValueOrDefault(plan.Alias) is { Places: not [] } ? plan.Failed(chain.Hops.Count - 1, s_noPlace)
            : Announce(plan, chain, wire, merged, refusing)
            : ListenInFront(plan, chain, merged, refusing);
    }

    /// <summary>The wire hop listens itself: tor is told what the hop announces.</summary>
    private ChainStart Announce(ChainPlan plan, ServerChain chain, ServerHop wire, PtArguments arguments, ChainStart.Failed? refusing)
    {
        if (wire.AnnouncedAddress is not { } address) // it is down, and has never said so
        {
            return refusing!;
        }

        _chains.Add(plan.Alias, chain);
        return plan.Listening(address, arguments, refusing, side.Services.Logger);
    }

    private ChainStart ListenInFront(ChainPlan plan, ServerChain chain, PtArguments arguments, ChainStart.Failed? refusing)
    {
        IPEndPoint address = surroundings.Addresses.PublicOf(plan.Alias);
        IReadOnlyList<ListenPlace> places = services.GetValueOrDefault(plan.Alias)?.Places is { Count: > 0 } given ? given
            : [new ListenPlace.Tcp(address)];
        var listeners = new List<ServerListener>();
        try
        {
            foreach (ListenPlace place in places)
            {
                listeners.Add(new(chain, place));
            }

            if (refusing is null)
            {
                listeners.ForEach(listener => listener.Open());
            }

            listeners.ForEach(side.Add);
            IPEndPoint first = listeners[0].EndPoint;
            surroundings.Addresses.Store.Remember(plan.Alias, new(address.Address, first.Port), first);
            _chains.Add(plan.Alias, chain);
            return plan.Listening(first, arguments, refusing, side.Services.Logger);
        }
        catch (SocketException e)
        {
            listeners.ForEach(listener => listener.StopAccepting());
            return plan.Failed(null, ServerListener.TroubleAt(address).Of(e, side.Services.Scrubber));
        }
    }

    private InnerEnd InnerEndOf(string alias)
    {
        if (services.GetValueOrDefault(alias) is not { } service)
        {
            return NewTorDialer();
        }

        var outside = new OutsideDialer(Proxy: null, BindV4: null, BindV6: null, side.Services.Pollers) { Time = side.Services.Time };
        IPEndPoint listener = surroundings.Addresses.PublicOf(alias);
        return service.Address is { } address
            ? new ServiceDialer(address, service.Header, listener, service.Clients, outside)
            : new ServiceDesk(service.Named.ToDictionary(each => each.Key, each =>
                new ServiceDialer(each.Value, service.Header, listener, service.Clients, outside), StringComparer.OrdinalIgnoreCase), side.Services); // as host names
    }

    private TorDialer NewTorDialer() => surroundings.Environment switch // E38: the Extended ORPort where there is one
    {
        { ExtendedServerPort: { } port, AuthCookieFile: { } cookie } => new ExtOrPortDialer(port, cookie, side.Services.Sources),
        { OrPort: { } port } => new OrPortDialer(port, side.Services.Sources),
        _ => throw new ArgumentException("Neither an Extended ORPort with its cookie nor an ORPort is given."),
    };
}
