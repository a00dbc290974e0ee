using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A hop that is a child's transport. Its joint is the one that the child turned out to support.</summary>
/// <param name="program">The plugin line's program.</param>
/// <param name="transport">The transport's name.</param>
/// <param name="dialsItself">At the wire it dials the network itself, even if it could have a proxy joint.</param>
internal sealed class ManagedClientHop(ClientPlugin program, string transport, bool dialsItself) : SocksHop
{
    internal override ProcessDown? Obstacle(bool wire) => program.ProcessFor(wire).Obstacle(transport, out _) switch
    {
        { Cause: FailureCause.ProxyRefused } down when wire && program.HasUpstreamProxy =>
            down with { Text = $"{down.Text}; tor has an upstream proxy set, and without it this transport would go around it" },
        { } down => down,
        null => BindAddressLost(wire),
    };

    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        bool wire = hop.IsWire;
        TransportProcess process = program.ProcessFor(wire);
        if ((process.Obstacle(transport, out LaunchedTransports? running) ?? BindAddressLost(wire)) is { } down)
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

    /// <summary>Where the configuration wants it to dial the network itself, tor's source address would be lost (G3).</summary>
    private ProcessDown? BindAddressLost(bool wire) => wire && dialsItself && program.LosesBindAddress
        ? new(ChainStage.OutsideConnection, FailureCause.NotPermitted,
            $"torrc sets OutboundBindAddress, {SafeText.Name(transport)} dials the network itself, and {program.Name} is not known to use that address")
        {
            Advice = $"put another transport at the wire, or remove OutboundBindAddress and OutboundBindAddressPT from torrc",
            MayPass = false,
        }
        : null;
}
