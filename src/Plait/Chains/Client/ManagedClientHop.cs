using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A hop that is a child's transport. Its joint is the one that the child turned out to support.</summary>
/// <param name="program">The plugin line's program.</param>
/// <param name="transport">The transport's name.</param>
/// <param name="refusal">Why it cannot stand at the wire; null if it can.</param>
internal sealed class ManagedClientHop(ClientPlugin program, string transport, OutsideRefusal? refusal) : SocksHop
{
    internal override ProcessDown? Obstacle(bool wire) => program.ProcessFor(wire).Obstacle(transport, out _) switch
    {
        { Cause: FailureCause.ProxyRefused } down when wire && program.HasUpstreamProxy =>
            down with { Text = $"{down.Text}; tor has an upstream proxy set, and without it this transport would go around it" },
        { } down => down,
        null => Refusal(wire),
    };

    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        bool wire = hop.IsWire;
        TransportProcess process = program.ProcessFor(wire);
        if ((process.Obstacle(transport, out LaunchedTransports? running) ?? Refusal(wire)) is { } down)
        {
            throw hop.Down(down);
        }

        var dial = new SocksDial(hop, running!.Methods[transport]);
        var grant = new GrantCheck(hop, program.Name, program.Grants);
        hop.Connection.ServedBy(hop.Index, running.Process, process.Name);
        return program.Joint is ProxyJoint joint
            ? await ThroughProxyAsync(joint, dial, grant, cancellationToken).ConfigureAwait(false)
            : await WithoutProxyAsync(dial, grant, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ByteConnection> ThroughProxyAsync(
        ProxyJoint joint, SocksDial dial, GrantCheck grant, CancellationToken cancellationToken)
    {
        HopOpening hop = dial.Hop;
        hop.Trace.Joint = JointKind.Proxy;
        ProxyTicket ticket = joint.Issue(hop);
        if (!hop.IsWire && program.Grants.Of(transport) != GrantQuality.Lazy)
        {
            ticket.DialAhead(); // the hops behind do not depend on this one, and open at the same time
        }

        hop.Trace.Dialled = false;
        hop.Connection.Own(ticket);
        try
        {
            SocketConnection stream = await dial.AskAsync(ticket.Target, granted: null, cancellationToken).ConfigureAwait(false);
            if (!ticket.Ready.IsCompleted) // the hop has granted before its own dial was answered
            {
                grant.Found(GrantQuality.Early);
            }

            return await grant.ConfirmAsync(stream, ticket.Entered, ticket.Ready, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ticket.Dispose();
            throw;
        }
    }

    /// <summary>Through a proxy joint Plait dials, and keeps what torrc demands.</summary>
    private ProcessDown? Refusal(bool wire) => wire && program.Joint is null ? ProcessDown.Of(refusal) : null;
}
