using Plait.Connections;
using Plait.Diagnostics;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A hop that is a child's transport. Its joint is what the child turned out to be capable of.</summary>
/// <param name="program">The plugin line's program.</param>
/// <param name="transport">The transport's name.</param>
internal sealed class ManagedClientHop(ClientProgram program, string transport) : SocksHop
{
    internal override async Task<ByteConnection> DialAsync(
        ChainOpening opening, int index, CancellationToken cancellationToken)
    {
        TransportProcess process = program.ProcessFor(opening.IsWire(index));
        if (process.Running is not { } running)
        {
            ProcessDown down = process.Down ?? new(ChainStage.Launch, FailureCause.Exited, $"{process.Name} is not running");
            throw opening.Connection.Failed(index, down.Stage, down.Cause, down.Text);
        }

        if (!running.Methods.TryGetValue(transport, out TransportMethod? method))
        {
            throw opening.Connection.Failed(index, ChainStage.Negotiation, FailureCause.NotPermitted,
                $"{process.Name} no longer offers this transport");
        }

        opening.Connection.NotProven(program.Habits.Of(transport));
        HopTrace trace = opening.Connection.Hops[index];
        opening.Connection.ServedBy(index, running.Process, process.Name);
        if (program.Joint is { } joint)
        {
            trace.Joint = JointKind.Proxy;
            return await ThroughProxyAsync(joint, opening, index, method, cancellationToken).ConfigureAwait(false);
        }

        trace.Joint = opening.IsWire(index) ? JointKind.Direct : JointKind.Shim;
        return opening.IsWire(index)
            ? await AskAsync(opening, index, method, opening.Target, cancellationToken).ConfigureAwait(false)
            : await ThroughShimAsync(opening, index, method, program.Name, program.Habits, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ByteConnection> ThroughProxyAsync(
        ProxyJoint joint, ChainOpening opening, int index, TransportMethod method, CancellationToken cancellationToken)
    {
        ProxyTicket ticket = joint.Issue(opening, index);
        if (!ticket.IsAtWire && !joint.Indirect && program.Habits.Of(transport) != GrantHabit.Lazy)
        {
            ticket.DialAhead(); // what is behind does not depend on this hop, and takes its time beside it
        }

        opening.Connection.Own(ticket);
        try
        {
            SocketConnection stream =
                await AskAsync(opening, index, method, ticket.Target, cancellationToken).ConfigureAwait(false);
            if (!ticket.Ready.IsCompleted) // it has granted and was not answered itself
            {
                program.Habits.Seen(transport, GrantHabit.Early);
                opening.Connection.NotProven(GrantHabit.Early);
            }

            return await EnteredOrDisposeAsync(
                opening, index, stream, ticket.Entered, ticket.Ready, program.Name, program.Habits, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ticket.Dispose();
            throw;
        }
    }
}
