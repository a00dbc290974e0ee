using Microsoft.Extensions.Logging.Abstractions;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Secrecy;
using Plait.Tests.Support;
using Plait.Transports;

namespace Plait.Tests.Chains;

/// <summary>A client's chain of two hops, for tests of what stands around a hop.</summary>
internal static class TwoHops
{
    internal static ClientChain Chain(Limits limits, TimeProvider time)
    {
        TransportDeclaration dummy = TransportDeclaration.InProcess()["dummy"];
        var hop = new InProcessClientHop(InProcessTransports.All["dummy"]);
        return new(
            "chain", new("chain", [dummy, dummy]), [hop, hop], new(null, null, null, Shared.Pollers), new SourceAddresses(limits.InternalSources, Shared.Pollers),
            new(Shared.Pollers), Shared.Pipes, limits, time, new Scrubber(true), NullLogger.Instance);
    }
}
