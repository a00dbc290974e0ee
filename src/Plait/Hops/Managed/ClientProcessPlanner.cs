using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Events;

namespace Plait.Hops.Managed;

/// <summary>
/// Decides which processes a client needs: one for each plugin line, and more only where one process cannot do both. A process uses
/// Plait's proxy or dials the network itself, and an indirect transport before the wire needs a process for each position.
/// </summary>
/// <param name="configuration">The plaitrc.</param>
/// <param name="outside">How tor wants outside connections to be made.</param>
internal sealed class ClientProcessPlanner(PlaitConfiguration configuration, OutsideSettings outside)
{
    private readonly List<(Key Key, ClientPosition Position)> _places = [];

    /// <summary>The processes planned so far, in the order in which the chains need them.</summary>
    internal IReadOnlyList<ClientProcessPlan> Plans =>
        [.. from place in _places
            group place.Position by place.Key into process
            select PlanOf(process.Key, [.. process])];

    /// <summary>Finds places for the hops of one chain.</summary>
    internal void Add(ChainDefinition chain)
    {
        for (int hop = 0; hop < chain.Hops.Count; hop++)
        {
            TransportDeclaration transport = chain.Hops[hop];
            if (transport.Source is TransportSource.Managed managed)
            {
                var position = new ClientPosition(new(chain.Alias, hop, transport.Name), Wire: hop == chain.Hops.Count - 1);
                _places.Add((KeyOf(managed.Line, transport, position), position));
            }
        }
    }

    /// <summary>Which joint the transports of a line declare together: a shim for any of them is one for all.</summary>
    internal static ClientJointChoice DeclaredJointOf(PlaitConfiguration configuration, PluginLine line)
    {
        List<ClientJointChoice> choices = [.. line.Transports.Select(name => configuration.Client.Transports[name].ClientJoint)];
        return choices.Contains(ClientJointChoice.Shim) ? ClientJointChoice.Shim
            : choices.Contains(ClientJointChoice.Proxy) ? ClientJointChoice.Proxy
            : ClientJointChoice.Automatic;
    }

    private ClientProcessPlan PlanOf(Key key, List<ClientPosition> positions) =>
        new(key.Line, key.Kind, JointOf(key, positions), positions, StateGroupsOf(positions));

    private Key KeyOf(PluginLine line, TransportDeclaration transport, ClientPosition at)
    {
        if (at.Wire && transport.DialsItself)
        {
            // With an upstream proxy one transport alone may refuse it, and must not take the others with it (R6). Behind
            // shims every process dials for itself.
            return transport.Indirect && outside.Proxy is not null ? new(line, ClientProcessKind.AtWire, transport.Name)
                : DeclaredJointOf(configuration, line) == ClientJointChoice.Shim ? new(line, ClientProcessKind.Shared)
                : new(line, ClientProcessKind.AtWire);
        }

        return transport.Indirect
            ? new(line, ClientProcessKind.Indirect, $"{transport.Name} {at.Position.Chain} {at.Position.Hop}")
            : new(line, ClientProcessKind.Shared);
    }

    /// <summary>Which joint a process has.</summary>
    private ClientJointChoice JointOf(Key key, List<ClientPosition> positions) => key.Kind == ClientProcessKind.AtWire ? ClientJointChoice.Shim
        : positions.Exists(IsDialledForByPlait) ? ClientJointChoice.Proxy
        : DeclaredJointOf(configuration, key.Line);

    private IReadOnlyList<IReadOnlyList<Position>> StateGroupsOf(List<ClientPosition> positions) =>
        ClientPlugin.NeedsTwo(positions, outside)
            ? [.. positions.GroupBy(position => position.Wire).OrderBy(group => group.Key)
                .Select(group => group.Select(position => position.Position).ToArray())]
            : [[.. positions.Select(position => position.Position)]];

    private bool IsDialledForByPlait(ClientPosition position) =>
        position.Wire && configuration.Client.Transports[position.Position.Transport] is
            { Wire: WireChoice.Plait, Indirect: false, ClientJoint: not ClientJointChoice.Shim };

    /// <summary>Tells the processes of a line apart.</summary>
    /// <param name="Line">The line.</param>
    /// <param name="Kind">Why the process is apart.</param>
    /// <param name="Alone">The transport or position that it is apart for; empty where the kind says all.</param>
    private sealed record Key(PluginLine Line, ClientProcessKind Kind, string Alone = "");
}
