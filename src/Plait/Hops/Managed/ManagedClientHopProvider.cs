using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Hops.Managed;

/// <summary>Provides the hops of a client that are transports of programs which Plait starts.</summary>
/// <param name="surroundings">Of the client.</param>
internal sealed class ManagedClientHopProvider(ClientSurroundings surroundings) : ClientHopProvider
{
    private readonly ClientProcessPlanner _planner = new(surroundings.Configuration, surroundings.Outside);
    private readonly Dictionary<(string Chain, int Hop), IClientPlugin> _places = [];

    internal override IReadOnlyList<PlannedPlugin<IClientPlugin>> Programs =>
        [.. _planner.Plans.Select(plan => new PlannedPlugin<IClientPlugin>(plan.StateGroups, folders => New(plan, folders)))];

    internal override void Add(ChainDefinition chain) => _planner.Add(chain);

    internal override ClientHop HopOf(ChainDefinition chain, int hop) => _places[(chain.Alias, hop)].HopOf(chain.Hops[hop]);

    private IClientPlugin New(ClientProcessPlan plan, IReadOnlyList<StateFolder> folders)
    {
        IClientPlugin program = plan.Kind == ClientProcessKind.Indirect
            ? new IndirectPlugin(plan, folders[0], surroundings.Services)
            : new ClientPlugin(plan, NewJoint, folders, surroundings.Outside, surroundings.Services);
        foreach (ClientPosition place in plan.Positions)
        {
            _places.Add((place.Position.Chain, place.Position.Hop), program);
        }

        return program;
    }

    private ProxyJoint NewJoint(SafeText name) =>
        new(
            name, surroundings.Services.JointBudget, surroundings.Services.Limits, surroundings.Services.Time, surroundings.Services.Logger,
            surroundings.Services.Pollers);
}
