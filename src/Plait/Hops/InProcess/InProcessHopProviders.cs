using Plait.Chains;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Transports;
using Plait.Wire.Arguments;

namespace Plait.Hops.InProcess;

/// <summary>Provides the hops of a client that are part of Plait.</summary>
internal sealed class InProcessClientHopProvider : ClientHopProvider
{
    internal override ClientHop HopOf(ChainDefinition chain, int hop) => new InProcessClientHop(
        ((TransportSource.InProcess)chain.Hops[hop].Source).Client
            ?? throw new ArgumentException($"The transport {chain.Hops[hop].Name} is declared for clients and has no client side."));
}

/// <summary>Provides the hops of a bridge that run inside Plait and come from one kind of source.</summary>
/// <param name="surroundings">Of the bridge.</param>
/// <param name="source">The type of the sources.</param>
internal sealed class InProcessServerHopProvider(ServerSurroundings surroundings, Type source) : ServerHopProvider
{
    private readonly List<PlannedPlugin<IServerPlugin>> _planned = [];
    private readonly Dictionary<(string Chain, int Hop), InProcessServer> _places = [];

    internal override IReadOnlyList<PlannedPlugin<IServerPlugin>> Programs => _planned;

    internal override string? Add(ChainDefinition chain)
    {
        if (surroundings.Options.Distribute(chain, out IReadOnlyList<PtArguments> perHop) is { } wrong)
        {
            return wrong;
        }

        for (int hop = 0; hop < chain.Hops.Count; hop++)
        {
            if (source.IsInstanceOfType(chain.Hops[hop].Source))
            {
                string name = chain.Hops[hop].Name;
                IServerTransport transport = chain.Hops[hop].Source.ServerInside
                    ?? throw new ArgumentException($"The transport {name} is declared for bridges and has no server side.");
                Add(new(chain.Alias, hop, name), transport, perHop[hop]);
            }
        }

        return null;
    }

    internal override ServerHop HopOf(ChainDefinition chain, int hop) => new InProcessServerHop(_places[(chain.Alias, hop)]);

    private void Add(Position position, IServerTransport transport, PtArguments options) =>
        _planned.Add(new(transport.KeepsState ? [[position]] : [], folders =>
            _places[(position.Chain, position.Hop)] = new(position.Transport, transport, options, folders.FirstOrDefault(), surroundings.Services))
        {
            Positions = [position],
        });
}
