using System.Net;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Hops.Managed;

/// <summary>
/// Decides which processes a bridge needs: one for each public port whose transport listens itself, one for each plugin line
/// for all other positions, and more only where a process can have one of a thing: options of one transport
/// that differ by position, and the plain ORPort, which leads to one position.
/// </summary>
/// <param name="configuration">The plaitrc.</param>
/// <param name="fromTor">tor's ServerTransportOptions, by chain.</param>
/// <param name="withoutExtOrPort">Transports whose programs are known not to speak the Extended ORPort.</param>
/// <param name="claims">Which chain has which address; those of a chain itself are claimed by the caller.</param>
[ProgramSeam]
internal sealed class ServerProcessPlanner(
    PlaitConfiguration configuration,
    IReadOnlyDictionary<string, PtArguments> fromTor,
    IReadOnlySet<string> withoutExtOrPort,
    ListenClaims claims)
{
    private readonly HashSet<string> _indirect =
        [.. configuration.Server.Transports.Values.Where(transport => transport.Indirect).Select(transport => transport.Name)];
    private readonly ServerOptions _options = new(configuration.Server.Options, fromTor);
    private List<Draft> _drafts = [];

    /// <summary>The processes planned so far.</summary>
    internal IReadOnlyList<ServerProcessPlan> Plans =>
        [.. _drafts.Select(draft => new ServerProcessPlan(
            draft.Line, draft.Choice, draft.Positions, draft.Options, configuration.Server.ListenAddresses, _indirect, draft.PublicAddress))];

    /// <summary>Finds places for the hops of one chain.</summary>
    /// <returns>Null, or what is wrong with the chain; then none of its hops has a place.</returns>
    internal string? Add(ChainDefinition chain)
    {
        if (_options.Distribute(chain, out IReadOnlyList<PtArguments> perHop) is { } wrong)
        {
            return wrong;
        }

        List<Draft> before = [.. _drafts.Select(draft => draft.Copy())];
        for (int hop = 0; hop < chain.Hops.Count; hop++)
        {
            TransportDeclaration transport = chain.Hops[hop];
            if (transport.Source is TransportSource.Managed managed)
            {
                bool itself = hop == chain.Hops.Count - 1 && transport.ListensItself;
                string? problem = Place(
                    new(managed.Line, ChoiceOf(transport), itself ? claims.PublicOf(chain.Alias) : null),
                    new(chain.Alias, hop, transport.Name),
                    perHop[hop]);
                if (problem is not null)
                {
                    _drafts = before;
                    return problem;
                }
            }
        }

        return null;
    }

    private string? Place(Draft wanted, Position position, PtArguments options)
    {
        // A public address leads to one chain, and a plain ORPort to one place. So does a transport that carries many clients over
        // shared connections: it cannot report which of our dials one of them came by.
        wanted.Alone = wanted.PublicAddress is not null || wanted.Choice == ServerJointChoice.OrPort || _indirect.Contains(position.Transport);
        Draft? fitting = wanted.Alone ? null : _drafts.Find(draft =>
            ReferenceEquals(draft.Line, wanted.Line) && !draft.Alone && draft.Choice == wanted.Choice &&
            (!draft.Options.TryGetValue(position.Transport, out PtArguments? others) || others.Equals(options)));
        if (fitting is null)
        {
            // Each fixed address belongs to one process.
            if (wanted.PublicAddress is null && claims.Take(configuration.Server.ListenAddresses.GetValueOrDefault(position.Transport), position.Chain) is { } problem)
            {
                return problem;
            }

            fitting = wanted;
            _drafts.Add(fitting);
        }

        fitting.Positions.Add(position);
        fitting.Options[position.Transport] = options;
        return null;
    }

    private ServerJointChoice ChoiceOf(TransportDeclaration transport) =>
        transport.ServerJoint == ServerJointChoice.Automatic && withoutExtOrPort.Contains(transport.Name)
            ? ServerJointChoice.OrPort
            : transport.ServerJoint;

    private sealed class Draft(PluginLine line, ServerJointChoice choice, IPEndPoint? publicAddress)
    {
        internal bool Alone { get; set; }

        internal PluginLine Line => line;

        internal ServerJointChoice Choice => choice;

        internal IPEndPoint? PublicAddress => publicAddress;

        internal List<Position> Positions { get; private init; } = [];

        internal Dictionary<string, PtArguments> Options { get; private init; } = [];

        internal Draft Copy() => new(line, choice, publicAddress) { Alone = Alone, Positions = [.. Positions], Options = new(Options) };
    }
}
