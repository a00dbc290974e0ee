using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Hops.InProcess;
using Plait.Tests.Support;
using Plait.Transports;

namespace Plait.Tests.Chains;

/// <summary>A client's chain of two hops, for tests of what stands around a hop.</summary>
internal static class TwoHops
{
    internal static ClientChain Chain(HostServices services)
    {
        TransportDeclaration dummy = TransportDeclaration.InProcess()["dummy"];
        var hop = new InProcessClientHop(new IdentityTransport());
        return new("chain", new("chain", [dummy, dummy]), [hop, hop], new(null, null, null, Shared.Pollers), new(Shared.Pollers), services);
    }
}
