using System.Net;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Server;

/// <summary>
/// Decides to which connection and hop a stream belongs that a server child brings to its joint. A child that Plait dialled reports as USERADDR
/// the local end of that dial, which is an exact key (C10, V18). A child that listens at the wire itself reports the client. Nothing is
/// inferred from order, number or time (G1).
/// </summary>
/// <param name="plan">What the child is to do.</param>
/// <param name="dials">The dials to the child.</param>
/// <param name="sources">The addresses that Plait dials from.</param>
internal sealed class Arrivals(ServerProcessPlan plan, InwardDials dials, SourceAddresses sources)
{
    private IReadOnlyDictionary<string, ServerChain> _chains = new Dictionary<string, ServerChain>();
    private bool _reportsDials; // then what it brings and reports otherwise is of none of them
    private bool _bringsUnnamed;

    /// <summary>Sets the chains that came up.</summary>
    internal void Serve(IReadOnlyDictionary<string, ServerChain> chains) => _chains = chains;

    /// <summary>
    /// Whether a dial to a transport may be brought to the joint without being reported. An indirect transport brings
    /// connections of its own in any case, which outlive the dials that carried them (R4).
    /// </summary>
    internal bool BringsUnnamed(string transport) => _bringsUnnamed || plan.Indirect.Contains(transport);

    /// <summary>Identifies a stream that came over the Extended ORPort.</summary>
    /// <param name="reported">The USERADDR; null if the child reported none that can be read.</param>
    /// <param name="transport">The TRANSPORT; null if the child reported none.</param>
    /// <param name="why">On failure: why the stream is refused; null if its chain did not come up.</param>
    /// <returns>Null if it is not certain enough where the stream belongs.</returns>
    internal Arrival? Identify(IPEndPoint? reported, string? transport, out SafeText? why)
    {
        why = null;
        if (plan.PublicAddress is { } listener)
        {
            return OnlyPosition(transport: null) is var (served, wire)
                ? Begin(served, wire, ClientAddress.TakenAsTorDoes(reported, listener))
                : null;
        }

        if (reported is not null && (transport ?? OnlyTransport) is { } dialled && dials.Claim(reported, dialled) is var (connection, reached))
        {
            _reportsDials = true;
            return plan.Indirect.Contains(dialled)
                ? Begin(connection.Chain, reached, connection.Client) // outlives the dial that began it (R4)
                : new(connection, reached, Begins: false);
        }

        if (reported is not null && sources.Contains(reported.Address))
        {
            why = $"no dial to its transport is open from where it reports: its client has left";
            return null;
        }

        if (OnlyPosition(transport) is var (chain, hop)
            && (!_reportsDials || IsIndirect(chain, hop))) // otherwise another program dialled the child's own port
        {
            // A transport whose clients come over other programs' connections (snowflake, meek, webtunnel) knows the client better than the
            // listener of ours that stands in front of it. No other transport is believed (G1).
            bool believed = hop == chain.Hops.Count - 1 && IsIndirect(chain, hop);
            return Begin(chain, hop, believed ? reported : null);
        }

        why = _reportsDials
            ? SafeText.Of($"it is of no dial of Plait's, and its program reports those")
            : $"its program does not report the address it was dialled from, and serves several places";
        return null;
    }

    /// <summary>Identifies a stream that came over the plain ORPort. That belongs to one position; the client is never known.</summary>
    /// <param name="why">On failure: why the stream is refused.</param>
    /// <returns>Null if the child fills several positions.</returns>
    internal Arrival? IdentifyUnreported(out SafeText? why)
    {
        if (OnlyPosition(transport: null) is var (chain, hop))
        {
            why = null;
            return Begin(chain, hop, client: null);
        }

        why = $"its program does not use the Extended ORPort, and serves several places";
        return null;
    }

    private string? OnlyTransport => plan.Transports is [var only] ? only : null;

    private bool IsIndirect(ServerChain chain, int hop) => plan.Indirect.Contains(chain.Definition.Hops[hop].Name);

    /// <summary>
    /// The position that a stream must belong to, whatever is reported of its client: the only one that the child fills, or the only one that it
    /// fills with this transport. Null if there are several, or the chain did not come up.
    /// </summary>
    private (ServerChain Chain, int Hop)? OnlyPosition(string? transport)
    {
        List<Position> positions = [.. plan.Positions.Where(position => transport is null || position.Transport == transport)];
        return positions is [var only] && _chains.TryGetValue(only.Chain, out ServerChain? chain) ? (chain, only.Hop) : null;
    }

    /// <summary>A stream that is that of no dial: a connection begins with it.</summary>
    private Arrival Begin(ServerChain chain, int hop, IPEndPoint? client)
    {
        _bringsUnnamed = true;
        return new(chain.NewConnection(client), hop, Begins: true);
    }
}
