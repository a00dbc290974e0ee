using Plait.Connections;
using Plait.Wire.ProxyProtocol;

namespace Plait.Chains.Server;

/// <summary>What a bridge's chain leads to if it is the far end of a tunnel, and not tor's.</summary>
/// <param name="Address">The one service; null if the client chooses one of <paramref name="Named"/>.</param>
/// <param name="Named">The services that a client can ask for by name.</param>
/// <param name="Header">The version of the PROXY header that they expect; null for none.</param>
/// <param name="Clients">The source addresses from which their clients come; null for the one that the system chooses.</param>
/// <param name="Places">Where Plait listens for the chain; empty for the address that the chain was given.</param>
[ProgramSeam]
internal sealed record TunnelService(
    ServiceAddress? Address, IReadOnlyDictionary<string, ServiceAddress> Named, ProxyHeaderVersion? Header,
    ClientTable? Clients, IReadOnlyList<ListenPlace> Places)
{
    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => Address is null ? string.Join(',', Named.Keys) : "one service";
}
