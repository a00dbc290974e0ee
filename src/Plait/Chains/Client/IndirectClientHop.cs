using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>
/// A child's transport that ignores the target it is given, before the wire. It is judged by its own answer: what it dials
/// goes to the next hop (<see cref="IndirectJoint"/>), as often as it likes.
/// </summary>
/// <param name="program">Its program.</param>
/// <param name="transport">The transport's name.</param>
internal sealed class IndirectClientHop(IndirectPlugin program, string transport) : SocksHop
{
    internal override ProcessDown? Obstacle(bool wire) => program.First.ProcessFor(wire).Obstacle(transport, out _)
        ?? (program.First.Joint is null ? TakesNoProxy() : null);

    internal override async Task<ByteConnection> DialAsync(
        ChainOpening opening, int index, CancellationToken cancellationToken)
    {
        if (Obstacle(wire: false) is { } obstacle)
        {
            throw opening.Connection.Down(index, obstacle);
        }

        opening.Connection.Hops[index].IsIndirect = true;
        opening.Connection.Waits(index, ChainStage.Dial, $"a process of its program: all of them serve other bridge lines");
        (ClientPlugin own, IndirectTicket ticket) = await program.EnterAsync(opening, index, cancellationToken).ConfigureAwait(false);
        opening.Connection.Own(ticket);
        try
        {
            TransportProcess process = own.ProcessFor(wire: false);
            if (process.Obstacle(transport, out LaunchedTransports? running) is { } down)
            {
                throw opening.Connection.Down(index, down);
            }

            if (own.Joint is null && TakesNoProxy() is var around) // it would dial past the hops behind it (G3)
            {
                throw opening.Connection.Down(index, around);
            }

            ObservedGrants grants = program.First.Grants;
            opening.Connection.LimitGrant(grants.Of(transport));
            opening.Connection.ServedBy(index, running!.Process, process.Name);
            opening.Connection.Hops[index].Joint = JointKind.Proxy;
            SocketConnection stream = await AskAsync(
                opening, index, running.Methods[transport], ticket.Target, ticket.Granted, cancellationToken).ConfigureAwait(false);
            if (!ticket.WasReadyAtGrant)
            {
                Found(opening, index, grants, GrantQuality.Early);
            }

            return await EnteredOrDisposeAsync(
                opening, index, stream, ticket.Entered, ticket.Ready, own.Name, grants, cancellationToken).ConfigureAwait(false);
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
