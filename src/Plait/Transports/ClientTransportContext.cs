using System.Net;
using Plait.Wire.Arguments;

namespace Plait.Transports;

/// <summary>What the client side of a transport inside Plait is given for one connection.</summary>
public sealed record ClientTransportContext
{
    /// <summary>The arguments of this hop in the bridge line. They may be secret (G5).</summary>
    public PtArguments Arguments { get; init; } = PtArguments.Empty;

    /// <summary>What tor asked the chain for; null if the caller has no target to tell.</summary>
    public EndPoint? Target { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Neither arguments nor target (G5).</summary>
    public override string ToString() => nameof(ClientTransportContext);
}
