using Plait.Chains;
using Plait.Diagnostics.Events;
using Plait.Processes;

namespace Plait.Hops;

/// <summary>A program that a side is to start.</summary>
/// <typeparam name="TPlugin">The side's programs.</typeparam>
/// <param name="StateGroups">
/// The positions that it fills, grouped by those that share a state directory; none for a position that keeps no state.
/// </param>
/// <param name="New">Makes it, with a state directory for each group.</param>
internal sealed record PlannedPlugin<TPlugin>(IReadOnlyList<IReadOnlyList<Position>> StateGroups, Func<IReadOnlyList<StateFolder>, TPlugin> New)
    where TPlugin : IPlugin
{
    /// <summary>The positions that it fills.</summary>
    internal IReadOnlyList<Position> Positions { get; init; } = [.. StateGroups.SelectMany(group => group)];
}
