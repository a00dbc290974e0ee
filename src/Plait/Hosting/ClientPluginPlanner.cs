using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Events;

namespace Plait.Hosting;

/// <summary>What the processes of a plugin line are told apart by.</summary>
internal enum ProgramKind
{
    /// <summary>All that need no process of their own.</summary>
    Shared,

    /// <summary>Those that dial the network themselves.</summary>
    AtWire,

    /// <summary>One that ignores its target, at one position before the wire.</summary>
    Indirect,
}

/// <summary>A plugin line, and what has a process of its own there.</summary>
/// <param name="Line">The line.</param>
/// <param name="Kind">Why it is apart.</param>
/// <param name="Alone">What it is apart for; empty where the kind says all.</param>
internal sealed record PluginKey(PluginLine Line, ProgramKind Kind, string Alone = "");

/// <summary>A program, and the positions that it serves.</summary>
internal sealed record PluginUse(PluginKey Key, List<ClientPosition> Positions);

/// <summary>Which positions of a client's chains one program serves, and how it is started.</summary>
/// <param name="configuration">The plaitrc.</param>
/// <param name="outside">How tor wants outside connections to be made.</param>
internal sealed class ClientPluginPlanner(PlaitConfiguration configuration, OutsideSettings outside)
{
    /// <summary>Whether a transport dials the network itself at the wire, although it could do so through Plait.</summary>
    internal static bool DialsItself(TransportDeclaration hop) => hop.Indirect || hop.Wire == WireChoice.Self;

    /// <summary>The programs of some chains, each with its positions.</summary>
    internal List<PluginUse> Uses(List<ChainPlan> plans) =>
        [.. from plan in plans
            from position in PositionsOf(plan)
            group position by KeyOf(plan, position.Position.Hop) into use
            select new PluginUse(use.Key, use.ToList())];

    /// <summary>The programs that a chain needs.</summary>
    internal IEnumerable<PluginKey> KeysOf(ChainPlan plan) => PositionsOf(plan).Select(position => KeyOf(plan, position.Position.Hop));

    /// <summary>Which program serves a hop.</summary>
    internal PluginKey KeyOf(ChainPlan plan, int index)
    {
        TransportDeclaration hop = plan.Definition!.Hops[index];
        PluginLine line = ((TransportSource.Managed)hop.Source).Line;
        bool wire = index == plan.Definition.Hops.Count - 1;
        if (wire && DialsItself(hop))
        {
            // With an upstream proxy one transport alone may refuse it, and must not take the others with it (R6). Behind
            // shims every process dials for itself.
            return hop.Indirect && outside.Proxy is not null ? new(line, ProgramKind.AtWire, hop.Name)
                : DeclaredJointOf(line) == ClientJointChoice.Shim ? new(line, ProgramKind.Shared)
                : new(line, ProgramKind.AtWire);
        }

        return hop.Indirect ? new(line, ProgramKind.Indirect, $"{hop.Name} {plan.Alias} {index}") : new(line, ProgramKind.Shared);
    }

    /// <summary>Which joint a program has: one process has one.</summary>
    internal ClientJointChoice JointOf(PluginUse use) => use.Key.Kind == ProgramKind.AtWire ? ClientJointChoice.Shim
        : use.Positions.Exists(IsDialledForByPlait) ? ClientJointChoice.Proxy
        : DeclaredJointOf(use.Key.Line);

    /// <summary>The positions that share a state directory.</summary>
    internal List<IReadOnlyList<Position>> Groups(PluginUse use) =>
        ClientPlugin.NeedsTwo(use.Positions, outside)
            ? [.. use.Positions.GroupBy(position => position.Wire).OrderBy(group => group.Key)
                .Select(group => group.Select(position => position.Position).ToArray())]
            : [[.. use.Positions.Select(position => position.Position)]];

    private static IEnumerable<ClientPosition> PositionsOf(ChainPlan plan)
    {
        IReadOnlyList<TransportDeclaration> hops = plan.Definition?.Hops ?? [];
        for (int index = 0; index < hops.Count; index++)
        {
            if (hops[index].Source is TransportSource.Managed)
            {
                yield return new(new(plan.Alias, index, hops[index].Name), index == hops.Count - 1);
            }
        }
    }

    private bool IsDialledForByPlait(ClientPosition position) =>
        position.Wire && configuration.Client.Transports[position.Position.Transport] is
            { Wire: WireChoice.Plait, Indirect: false, ClientJoint: not ClientJointChoice.Shim };

    /// <summary>A shim for any transport of a line is one for all.</summary>
    private ClientJointChoice DeclaredJointOf(PluginLine line)
    {
        List<TransportDeclaration> transports = [.. line.Transports.Select(name => configuration.Client.Transports[name])];
        return transports.Exists(transport => transport.ClientJoint == ClientJointChoice.Shim) ? ClientJointChoice.Shim
            : transports.Exists(transport => transport.ClientJoint == ClientJointChoice.Proxy) ? ClientJointChoice.Proxy
            : ClientJointChoice.Automatic;
    }
}
