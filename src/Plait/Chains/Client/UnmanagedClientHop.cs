using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A SOCKS program that runs without Plait (torrc's external form, N6). Knows no proxy joint.</summary>
/// <param name="method">Where it listens.</param>
/// <param name="grants">What was found of the external programs' grants.</param>
/// <param name="refusal">Why it cannot stand at the wire (N7, G3); null if it can.</param>
internal sealed class UnmanagedClientHop(TransportMethod method, ObservedGrants grants, OutsideRefusal? refusal) : SocksHop
{
    /// <summary>How messages call it.</summary>
    internal static readonly SafeText Program = $"the external program";

    internal override ProcessDown? Obstacle(bool wire) => wire ? ProcessDown.Of(refusal) : null;

    internal override Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        hop.Trace.RunsIn(Program);
        return WithoutProxyAsync(new(hop, method), new(hop, Program, grants), cancellationToken);
    }
}
