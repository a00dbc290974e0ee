using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Processes;
using Plait.Wire.Pt;

namespace Plait.Hosting;

/// <summary>
/// Decides which processes a bridge needs: one for each plugin line, and more only for what a process can have but once
/// (design section 3): options of one transport that differ by position, and the plain ORPort, which leads to one position.
/// </summary>
/// <param name="configuration">The plaitrc.</param>
/// <param name="fromTor">tor's ServerTransportOptions, by chain.</param>
/// <param name="withoutExtOrPort">Transports whose programs are known not to speak the Extended ORPort.</param>
internal sealed class ServerProcessPlanner(
    PlaitConfiguration configuration,
    IReadOnlyDictionary<string, PtArguments> fromTor,
    IReadOnlySet<string> withoutExtOrPort)
{
    private readonly List<Draft> _drafts = [];
    private readonly HashSet<string> _indirect =
        [.. configuration.Server.Transports.Values.Where(transport => transport.Indirect).Select(transport => transport.Name)];

    /// <summary>The processes planned so far.</summary>
    internal IReadOnlyList<ServerProcessPlan> Plans =>
        [.. _drafts.Select(draft => new ServerProcessPlan(
            draft.Line, draft.Choice, draft.Positions, draft.Options, configuration.Server.ListenAddresses, _indirect))];

    /// <summary>Finds places for the hops of one chain.</summary>
    /// <returns>Null, or what is wrong with the chain's options.</returns>
    internal string? Add(string alias, ChainDefinition definition)
    {
        PtArguments flat = Override(OptionsOf(alias), fromTor.GetValueOrDefault(alias, PtArguments.Empty));
        if (!ChainArguments.TryDistribute(flat, definition.Hops.Count, out IReadOnlyList<PtArguments> perHop, out string? error))
        {
            return $"its ServerTransportOptions: {error}";
        }

        for (int hop = 0; hop < definition.Hops.Count; hop++)
        {
            TransportDeclaration transport = definition.Hops[hop];
            if (transport.Source is TransportSource.Managed managed)
            {
                PtArguments options = Override(OptionsOf(transport.Name), perHop[hop]);
                Place(managed.Line, ChoiceOf(transport), new(alias, hop, transport.Name), options);
            }
        }

        return null;
    }

    private void Place(PluginLine line, ServerJointChoice choice, Position position, PtArguments options)
    {
        // A plain ORPort leads to one place. So does a transport that carries many clients over shared connections: it
        // cannot report which of our dials one of them came by.
        bool alone = choice == ServerJointChoice.OrPort || _indirect.Contains(position.Transport);
        Draft? fitting = alone ? null : _drafts.Find(draft =>
            ReferenceEquals(draft.Line, line) && !draft.Alone && draft.Choice == choice &&
            (!draft.Options.TryGetValue(position.Transport, out PtArguments? others) || others.Equals(options)));
        if (fitting is null)
        {
            fitting = new(line, choice, alone);
            _drafts.Add(fitting);
        }

        fitting.Positions.Add(position);
        fitting.Options[position.Transport] = options;
    }

    private ServerJointChoice ChoiceOf(TransportDeclaration transport) =>
        transport.ServerJoint == ServerJointChoice.Automatic && withoutExtOrPort.Contains(transport.Name)
            ? ServerJointChoice.OrPort
            : transport.ServerJoint;

    private PtArguments OptionsOf(string name) => configuration.Server.Options.GetValueOrDefault(name, PtArguments.Empty);

    /// <summary>Both, but for a key that both have, the closer ones alone.</summary>
    private static PtArguments Override(PtArguments general, PtArguments closer)
    {
        HashSet<string> own = [.. closer.Select(argument => argument.Key)];
        return new(general.Where(argument => !own.Contains(argument.Key)).Concat(closer));
    }

    private sealed class Draft(PluginLine line, ServerJointChoice choice, bool alone)
    {
        internal bool Alone => alone;

        internal PluginLine Line => line;

        internal ServerJointChoice Choice => choice;

        internal List<Position> Positions { get; } = [];

        internal Dictionary<string, PtArguments> Options { get; } = [];
    }
}
