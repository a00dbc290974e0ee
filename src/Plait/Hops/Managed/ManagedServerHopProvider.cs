using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Processes;

namespace Plait.Hops.Managed;

/// <summary>Provides the hops of a bridge that are transports of programs which Plait starts.</summary>
internal sealed class ManagedServerHopProvider : ServerHopProvider
{
    private readonly ServerSurroundings _surroundings;
    private readonly TransportsWithoutExtOrPort _learned;
    private readonly ServerProcessPlanner _planner;
    private readonly Dictionary<(string Chain, int Hop), ServerPlugin> _places = [];

    /// <param name="surroundings">Of the bridge.</param>
    internal ManagedServerHopProvider(ServerSurroundings surroundings)
    {
        _surroundings = surroundings;
        _learned = new(surroundings.StateRoot, surroundings.Services.Logger);
        _planner = new(surroundings.Configuration, surroundings.Environment.Options, _learned.WithoutExtOrPort, surroundings.Claims);
    }

    internal override IReadOnlyList<PlannedPlugin<IServerPlugin>> Programs =>
        [.. _planner.Plans.Select(plan => new PlannedPlugin<IServerPlugin>([plan.Positions], folders => New(plan, folders)))];

    internal override string? Add(ChainDefinition chain) => _planner.Add(chain);

    internal override ServerHop HopOf(ChainDefinition chain, int hop) => new ManagedServerHop(_places[(chain.Alias, hop)], chain.Hops[hop].Name);

    private ServerPlugin New(ServerProcessPlan plan, IReadOnlyList<StateFolder> folders)
    {
        var program = new ServerPlugin(
            plan, folders[0], _surroundings.Files, _surroundings.Addresses.Store, _surroundings.Services, _learned.Remember);
        foreach (Position place in plan.Positions)
        {
            _places.Add((place.Chain, place.Hop), program);
        }

        return program;
    }
}
