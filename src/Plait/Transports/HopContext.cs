using System.Net;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Transports;

/// <summary>What a transport inside Plait is given for one connection, besides the connection itself.</summary>
public sealed record HopContext
{
    /// <summary>
    /// The arguments of this hop. Client: of the bridge line. Server: of tor's ServerTransportOptions and of the plaitrc. They may be secret (G5).
    /// </summary>
    public PtArguments Arguments { get; init; } = PtArguments.Empty;

    /// <summary>Client: what tor asked the chain for. Server: null.</summary>
    public EndPoint? Target { get; init; }

    /// <summary>Neither arguments nor target (G5).</summary>
    public override string ToString() => nameof(HopContext);
}
