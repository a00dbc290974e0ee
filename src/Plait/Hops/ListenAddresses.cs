using System.Net;
using Plait.Configuration;
using Plait.Processes;
using Plait.Wire.Pt.Environments;

namespace Plait.Hops;

/// <summary>Where the chains of a bridge are to be reached.</summary>
/// <param name="configuration">The server's part of the plaitrc.</param>
/// <param name="environment">What tor asks for.</param>
/// <param name="store">Where they listened before.</param>
internal sealed class ListenAddresses(RoleConfiguration configuration, ServerEnvironment environment, PublicAddresses store)
{
    /// <summary>Where they listened before, and what was announced.</summary>
    internal PublicAddresses Store => store;

    /// <summary>
    /// Where tor wants it (E28); where the plaitrc wants it if tor has no opinion (E30); else where it was before. A line for a transport
    /// is about the positions at which Plait dials it, unless the transport alone is the chain.
    /// </summary>
    internal IPEndPoint PublicOf(string alias)
    {
        IPEndPoint asked = environment.BindAddresses.GetValueOrDefault(alias, new(IPAddress.Any, 0));
        if (asked.Port == 0 && MayBePublic(alias))
        {
            asked = configuration.ListenAddresses.GetValueOrDefault(alias, asked);
        }

        return store.Resolve(alias, asked);
    }

    private bool MayBePublic(string alias) =>
        !configuration.Transports.TryGetValue(alias, out TransportDeclaration? transport) || transport.ListensItself;
}
