using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A SOCKS program that runs without Plait (torrc's external form, N6). Knows no proxy joint.</summary>
/// <param name="method">Where it listens.</param>
/// <param name="grants">What was found of the external programs' grants.</param>
/// <param name="hasUpstreamProxy">Whether tor wants outside connections to go through a proxy.</param>
internal sealed class UnmanagedClientHop(TransportMethod method, ObservedGrants grants, bool hasUpstreamProxy) : SocksHop
{
    /// <summary>How messages call it.</summary>
    internal static readonly SafeText Program = $"the external program";

    internal override ProcessDown? Obstacle(bool wire) => wire && hasUpstreamProxy
        ? new(ChainStage.Launch, FailureCause.ProxyRefused, // N7, G3
            $"tor has an upstream proxy set, and a program that Plait does not start cannot be made to use it")
        : null;

    internal override Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        hop.Trace.RunsIn(Program);
        return WithoutProxyAsync(new(hop, method), new(hop, Program, grants), cancellationToken);
    }
}
