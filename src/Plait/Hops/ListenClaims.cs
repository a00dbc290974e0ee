using System.Net;
using Plait.Configuration;
using Plait.Connections;

namespace Plait.Hops;

/// <summary>
/// Which chain of a bridge has which address: no two listeners can have one, whatever kind of hop or of listener they are. A start and
/// <c>plait check</c> refuse the second by this.
/// </summary>
/// <param name="configuration">The server's part of the plaitrc.</param>
/// <param name="publicAddress">Where a chain is to be reached; port 0 for any.</param>
[ProgramSeam]
internal sealed class ListenClaims(RoleConfiguration configuration, Func<string, IPEndPoint> publicAddress)
{
    private readonly List<(IPEndPoint Address, string Chain)> _claims = [];

    /// <summary>
    /// What is asked for as a chain's public address: by tor (E28), or by the plaitrc if tor has no opinion (E30). A line for a transport is about the
    /// positions at which Plait dials it, unless the transport alone is the chain.
    /// </summary>
    /// <param name="configuration">The server's part of the plaitrc.</param>
    /// <param name="alias">The chain.</param>
    /// <param name="fromTor">What tor asks for; null for nothing.</param>
    internal static IPEndPoint AskedFor(RoleConfiguration configuration, string alias, IPEndPoint? fromTor)
    {
        IPEndPoint asked = fromTor ?? new(IPAddress.Any, 0);
        bool mayBePublic = !configuration.Transports.TryGetValue(alias, out TransportDeclaration? transport) || transport.ListensItself;
        return asked.Port == 0 && mayBePublic ? configuration.ListenAddresses.GetValueOrDefault(alias, asked) : asked;
    }

    /// <summary>Where a chain is to be reached; port 0 for any.</summary>
    internal IPEndPoint PublicOf(string alias) => publicAddress(alias);

    /// <summary>Claims where a chain is to be reached, and the fixed addresses of those hops that have a process for each position.</summary>
    /// <returns>Null, or why it cannot have them; then it has claimed nothing.</returns>
    internal string? Add(ChainDefinition chain)
    {
        string? problem = Take(publicAddress(chain.Alias), chain.Alias);
        foreach ((int hop, TransportDeclaration transport) in chain.Hops.Index())
        {
            bool itself = hop == chain.Hops.Count - 1 && transport.ListensItself;
            if (!itself && !transport.Source.Capabilities.TakesTargets)
            {
                problem ??= Take(configuration.ListenAddresses.GetValueOrDefault(transport.Name), chain.Alias);
            }
        }

        if (problem is not null)
        {
            Release(chain.Alias);
        }

        return problem;
    }

    /// <summary>Claims an address for one more listener of a chain.</summary>
    /// <param name="address">The address; null, or port 0, for none in particular.</param>
    /// <param name="chain">The chain.</param>
    /// <returns>Null, or why it cannot have it.</returns>
    internal string? Take(IPEndPoint? address, string chain)
    {
        if (address is null or { Port: 0 })
        {
            return null;
        }

        if (_claims.Find(claim => Collide(address, claim.Address)) is { Chain: { } other })
        {
            return $"port {address.Port} is already that of the chain {other}; "
                + "give each chain a port of its own in ServerTransportListenAddr; a transport that several chains use takes no such line";
        }

        _claims.Add((address, chain));
        return null;
    }

    /// <summary>Gives back what a chain has claimed.</summary>
    internal void Release(string chain) => _claims.RemoveAll(claim => claim.Chain == chain);

    /// <summary>Whether two listeners cannot have these addresses both.</summary>
    internal static bool Collide(IPEndPoint one, IPEndPoint other) =>
        one.Port == other.Port && (one.Address.Equals(other.Address) || one.Address.IsAny() || other.Address.IsAny());
}
