using System.Net;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Wire.Addresses;

namespace Plait.Chains.Client;

/// <summary>A place in a client chain that a program fills.</summary>
/// <param name="Position">The place.</param>
/// <param name="Wire">Whether it touches the network.</param>
internal sealed record ClientPosition(Position Position, bool Wire);

/// <summary>How tor wants outside connections to be made: TOR_PT_PROXY and TOR_PT_OUTBOUND_BIND_ADDRESS_V4, _V6.</summary>
internal sealed record OutsideSettings(UpstreamProxy? Proxy, IPAddress? BindV4, IPAddress? BindV6)
{
    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => Proxy?.ToString() ?? "direct";

    /// <summary>As the system chooses.</summary>
    internal static OutsideSettings None { get; } = new(null, null, null);

    /// <summary>Whether anything is set.</summary>
    internal bool Any => Proxy is not null || BindV4 is not null || BindV6 is not null;

    /// <summary>What they demand of a hop at the wire.</summary>
    internal OutsideDemand Demand => new(Proxy is not null, BindV4 is not null || BindV6 is not null);
}
