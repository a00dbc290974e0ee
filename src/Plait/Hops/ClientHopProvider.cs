using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;

namespace Plait.Hops;

/// <summary>Provides the hops of one kind on a client's side: says which programs they need, and makes the hops.</summary>
internal abstract class ClientHopProvider
{
    /// <summary>The programs that the chains added so far need of this kind.</summary>
    internal virtual IReadOnlyList<PlannedPlugin<IClientPlugin>> Programs => [];

    /// <summary>Finds places for those hops of a chain that are of this kind.</summary>
    internal virtual void Add(ChainDefinition chain)
    {
    }

    /// <summary>Makes a hop of a chain that was added. Its program, if it needs one, was made by then.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="hop">Which of its hops; one of this kind.</param>
    internal abstract ClientHop HopOf(ChainDefinition chain, int hop);
}

/// <summary>What the providers of a client are given.</summary>
/// <param name="Configuration">The plaitrc.</param>
/// <param name="Outside">How tor wants outside connections to be made.</param>
/// <param name="Services">What everything shares.</param>
internal sealed record ClientSurroundings(PlaitConfiguration Configuration, OutsideSettings Outside, HostServices Services)
{
    /// <summary>The processes that are started for one target or one set of arguments.</summary>
    internal TunnelBudget Tunnels { get; } = new(Configuration.Limits.MaxTunnels);
}
