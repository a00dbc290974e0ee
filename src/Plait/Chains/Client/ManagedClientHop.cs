using Plait.Connections;
using Plait.Diagnostics;
using Plait.Processes;

namespace Plait.Chains.Client;

/// <summary>A hop that is a child's transport. Its joint is what the child turned out to be capable of.</summary>
/// <param name="program">The plugin line's program.</param>
/// <param name="transport">The transport's name.</param>
/// <param name="indirect">It ignores the target it is given.</param>
internal sealed class ManagedClientHop(ClientProgram program, string transport, bool indirect) : SocksHop
{
    /// <summary>Its program.</summary>
    internal ClientProgram Program => program;

    /// <summary>Its transport.</summary>
    internal string Transport => transport;

    /// <summary>Whether it ignores the target it is given.</summary>
    internal bool Indirect => indirect;

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

        HopTrace trace = opening.Connection.Hops[index];
        trace.Process = $"{process.Name} (pid {running.Process.Id})";
        if (program.Joint is { } joint)
        {
            trace.Joint = JointKind.Proxy;
            return await ThroughProxyAsync(joint, opening, index, method, cancellationToken).ConfigureAwait(false);
        }

        trace.Joint = opening.IsWire(index) ? JointKind.Direct : JointKind.Shim;
        return opening.IsWire(index)
            ? await AskAsync(opening, index, method, opening.Target, cancellationToken).ConfigureAwait(false)
            : await ThroughShimAsync(opening, index, method, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ByteConnection> ThroughProxyAsync(
        ProxyJoint joint, ChainOpening opening, int index, TransportMethod method, CancellationToken cancellationToken)
    {
        ProxyTicket ticket = joint.Issue(opening, index, indirect);
        opening.Connection.Own(ticket);
        try
        {
            SocketConnection stream =
                await AskAsync(opening, index, method, ticket.Target, cancellationToken).ConfigureAwait(false);
            await EnteredOrDisposeAsync(opening, stream, ticket.Entered, ticket.Ready, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            ticket.Dispose();
            throw;
        }
    }
}
