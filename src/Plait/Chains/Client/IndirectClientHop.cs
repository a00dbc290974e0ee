using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>
/// A child's transport that ignores the target it is given, before the wire. Its own answer counts. All its dials
/// go to the next hop (<see cref="IndirectJoint"/>), as many as it makes.
/// </summary>
/// <param name="program">Its program.</param>
/// <param name="transport">The transport's name.</param>
internal sealed class IndirectClientHop(IndirectPlugin program, string transport) : ClientHop
{
    internal override ProcessDown? Obstacle(bool wire) => program.First.ProcessFor(wire).Obstacle(transport, out _)
        ?? (program.First.Joint is null ? TakesNoProxy() : null);

    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        if (Obstacle(wire: false) is { } obstacle)
        {
            throw hop.Down(obstacle);
        }

        hop.Trace.IsIndirect = true;
        hop.Waits(ChainStage.Dial, $"a process of its program: all of them serve other bridge lines");
        (ClientPlugin own, IndirectTicket ticket) = await program.EnterAsync(hop, cancellationToken).ConfigureAwait(false);
        hop.Connection.Own(ticket);
        try
        {
            TransportProcess process = own.ProcessFor(wire: false);
            if (process.Obstacle(transport, out LaunchedTransports? running) is { } down)
            {
                throw hop.Down(down);
            }

            if (own.Joint is null && TakesNoProxy() is var around) // it would dial past the hops behind it (G3)
            {
                throw hop.Down(around);
            }

            var grant = new GrantCheck(hop, own.Name, program.First.Grants);
            hop.Connection.ServedBy(hop.Index, running!.Process, process.Name);
            hop.Trace.Joint = JointKind.Proxy;
            var dial = new SocksDial(hop, running.Methods[transport]);
            SocketConnection stream = await dial.AskAsync(ticket.Target, ticket.Granted, cancellationToken).ConfigureAwait(false);
            if (!ticket.WasReadyAtGrant)
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

    private ProcessDown TakesNoProxy() => new(ChainStage.Joint, FailureCause.NotPermitted,
        $"{SafeText.Name(transport)} ignores the target it is given and {program.First.Name} takes no proxy, so it would go around the hops behind it; put it last in the chain")
    { MayPass = false };
}
