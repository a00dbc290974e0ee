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

    /// <summary>What is asked for, with the port of an earlier start where that is left open.</summary>
    internal IPEndPoint PublicOf(string alias) =>
        store.Resolve(alias, ListenClaims.AskedFor(configuration, alias, environment.BindAddresses.GetValueOrDefault(alias)));
}
