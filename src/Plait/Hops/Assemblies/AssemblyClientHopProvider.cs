using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Events;

namespace Plait.Hops.Assemblies;

/// <summary>Provides the hops of a client that are transports of .NET assemblies. Each line's transport is loaded once, at the start.</summary>
/// <param name="surroundings">Of the client.</param>
internal sealed class AssemblyClientHopProvider(ClientSurroundings surroundings) : ClientHopProvider
{
    private readonly List<(Position Position, TransportDeclaration Transport)> _places = [];
    private readonly Dictionary<string, AssemblyClient> _loaded = [];

    internal override IReadOnlyList<PlannedPlugin<IClientPlugin>> Programs =>
    [
        .. from place in _places
           group place.Position by place.Transport into transport
           select new PlannedPlugin<IClientPlugin>([], _ => New(transport.Key)) { Positions = [.. transport] },
    ];

    internal override void Add(ChainDefinition chain)
    {
        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index().Where(hop => hop.Item.Source is TransportSource.Assembly))
        {
            _places.Add((new(chain.Alias, hop, transport.Name), transport));
        }
    }

    internal override ClientHop HopOf(ChainDefinition chain, int hop) => _loaded[chain.Hops[hop].Name].HopOf(chain.Hops[hop]);

    private AssemblyClient New(TransportDeclaration transport) =>
        _loaded[transport.Name] = new(transport.Name, (TransportSource.Assembly)transport.Source, surroundings.Services);
}
