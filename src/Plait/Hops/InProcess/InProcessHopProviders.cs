using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Wire.Arguments;

namespace Plait.Hops.InProcess;

/// <summary>Provides the hops of a client that are part of Plait.</summary>
internal sealed class InProcessClientHopProvider : ClientHopProvider
{
    internal override ClientHop HopOf(ChainDefinition chain, int hop) =>
        new InProcessClientHop(((TransportSource.InProcess)chain.Hops[hop].Source).Transport);
}

/// <summary>Provides the hops of a bridge that are part of Plait.</summary>
internal sealed class InProcessServerHopProvider(ServerOptions options) : ServerHopProvider
{
    internal override ServerHop HopOf(ChainDefinition chain, int hop)
    {
        _ = options.Distribute(chain, out IReadOnlyList<PtArguments> perHop);
        return new InProcessServerHop(((TransportSource.InProcess)chain.Hops[hop].Source).Transport, perHop[hop]);
    }
}
