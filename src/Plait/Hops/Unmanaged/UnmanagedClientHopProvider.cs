using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Wire.Arguments;

namespace Plait.Hops.Unmanaged;

/// <summary>Provides the hops of a client that are programs which Plait does not start.</summary>
/// <param name="surroundings">Of the client.</param>
internal sealed class UnmanagedClientHopProvider(ClientSurroundings surroundings) : ClientHopProvider
{
    // By transport, each of which is one program.
    private readonly ObservedGrants _grants = new(UnmanagedClientHop.Program, surroundings.Services.Observer, surroundings.Services.Logger);

    internal override ClientHop HopOf(ChainDefinition chain, int hop)
    {
        var source = (TransportSource.Unmanaged)chain.Hops[hop].Source;
        return new UnmanagedClientHop(
            new(source.Address, source.Version, PtArguments.Empty), _grants, surroundings.Outside.Demand.RefusalOf(chain.Hops[hop]));
    }
}
