using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>What a place in a chain can need of the hop that stands there: the columns of the table in docs/hops.md.</summary>
[ProgramSeam]
internal enum HopAbility
{
    /// <summary>Plait can be its upstream proxy.</summary>
    TakesProxy,

    /// <inheritdoc cref="HopCapabilities.TakesTargets"/>
    TakesTargets,

    /// <inheritdoc cref="HopCapabilities.LetsPlaitDial"/>
    LetsPlaitDial,

    /// <inheritdoc cref="HopCapabilities.ReportsItsClient"/>
    ReportsItsClient,

    /// <inheritdoc cref="HopCapabilities.ForClients"/>
    ForClients,

    /// <inheritdoc cref="HopCapabilities.ForBridges"/>
    ForBridges,
}

/// <summary>
/// A kind of hop, and what all of it can do. Whatever refuses a hop for an ability that it lacks says so by <see cref="Lack"/>: the reader of the plaitrc,
/// <c>plait check</c>, a start, and a connection.
/// </summary>
/// <param name="Kind">What it is, in words: "a tunnel".</param>
/// <param name="Can">What it can do.</param>
/// <param name="TakesProxy">Whether Plait can be its upstream proxy, as far as is known before it runs.</param>
[ProgramSeam]
internal sealed record HopNature(string Kind, HopCapabilities Can, bool TakesProxy = false)
{
    /// <summary>The ability without which nothing can stand on a side.</summary>
    internal static HopAbility Of(PtRole role) => role == PtRole.Client ? HopAbility.ForClients : HopAbility.ForBridges;

    /// <summary>Why a hop of this kind cannot stand on a side; null if it can.</summary>
    internal string? LackOn(PtRole role) => Lack(Of(role)) is { } lack ? $"cannot stand on a {(role == PtRole.Client ? "client" : "bridge")}: {lack}" : null;

    /// <summary>Which ability it lacks, as a clause: "it is a tunnel, which takes no proxy". Null if it has it.</summary>
    internal string? Lack(HopAbility ability)
    {
        (bool has, string lack) = ability switch
        {
            HopAbility.TakesProxy => (TakesProxy, "takes no proxy"),
            HopAbility.TakesTargets => (Can.TakesTargets, "is not asked for each target"),
            HopAbility.LetsPlaitDial => (Can.LetsPlaitDial, "does not let Plait dial"),
            HopAbility.ReportsItsClient => (Can.ReportsItsClient, "does not report its client"),
            HopAbility.ForClients => (Can.ForClients, "has no client side"),
            HopAbility.ForBridges => (Can.ForBridges, "cannot be told to forward to tor"),
            _ => throw new ArgumentOutOfRangeException(nameof(ability)),
        };
        return has ? null : $"it is {Kind}, which {lack}";
    }
}
