using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A hop that is a child's transport. Its joint is what the child turned out to be capable of.</summary>
/// <param name="program">The plugin line's program.</param>
/// <param name="transport">The transport's name.</param>
/// <param name="dialsItself">At the wire it dials the network itself, whatever joint it could have.</param>
internal sealed class ManagedClientHop(ClientPlugin program, string transport, bool dialsItself) : SocksHop
{
    internal override ProcessDown? Obstacle(bool wire) => program.ProcessFor(wire).Obstacle(transport, out _) ?? BindAddressLost(wire);

    internal override async Task<ByteConnection> DialAsync(
        ChainOpening opening, int index, CancellationToken cancellationToken)
    {
        bool wire = opening.IsWire(index);
        TransportProcess process = program.ProcessFor(wire);
        if ((process.Obstacle(transport, out LaunchedTransports? running) ?? BindAddressLost(wire)) is { } down)
        {
            throw opening.Connection.Down(index, down);
        }

        TransportMethod method = running!.Methods[transport];
        opening.Connection.LimitGrant(program.Grants.Of(transport));
        HopTrace trace = opening.Connection.Hops[index];
        opening.Connection.ServedBy(index, running.Process, process.Name);
        if (program.Joint is ProxyJoint joint)
        {
            trace.Joint = JointKind.Proxy;
            return await ThroughProxyAsync(joint, opening, index, method, cancellationToken).ConfigureAwait(false);
        }

        trace.Joint = wire ? JointKind.Direct : JointKind.Shim;
        return wire
            ? await AskAsync(opening, index, method, opening.Target, granted: null, cancellationToken).ConfigureAwait(false)
            : await ThroughShimAsync(opening, index, method, program.Name, program.Grants, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ByteConnection> ThroughProxyAsync(
        ProxyJoint joint, ChainOpening opening, int index, TransportMethod method, CancellationToken cancellationToken)
    {
        ProxyTicket ticket = joint.Issue(opening, index);
        if (!ticket.IsAtWire && program.Grants.Of(transport) != GrantQuality.Lazy)
        {
            ticket.DialAhead(); // what is behind does not depend on this hop, and takes its time beside it
        }

        opening.Connection.Hops[index].Dialled = false;
        opening.Connection.Own(ticket);
        try
        {
            SocketConnection stream =
                await AskAsync(opening, index, method, ticket.Target, granted: null, cancellationToken).ConfigureAwait(false);
            if (!ticket.Ready.IsCompleted) // it has granted and was not answered itself
            {
                Found(opening, index, program.Grants, GrantQuality.Early);
            }

            return await EnteredOrDisposeAsync(
                opening, index, stream, ticket.Entered, ticket.Ready, program.Name, program.Grants, cancellationToken).ConfigureAwait(false);
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
