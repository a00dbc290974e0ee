using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Hops.Tunnels;

/// <summary>A hop that is a tunnel. It accepts at once and says nothing: what is known of it is what arrives at its joint.</summary>
/// <param name="plugin">Its processes.</param>
internal sealed class TunnelClientHop(TunnelPlugin plugin) : ClientHop
{
    // One that is known to dial only once payload flows, as simple-obfs does (Q16), is given this part of the grace: it may have changed its habit.
    private const int PartOfGrace = 20;

    internal override ProcessDown? Obstacle(bool wire) => ProcessDown.Of(plugin.Refusal) ?? plugin.Missing();

    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        if (ProcessDown.Of(plugin.Refusal) is { } lost)
        {
            throw hop.Down(lost);
        }

        hop.Opening.Chain.Scrubber.Learn(hop.Arguments);
        if (plugin.Problem(hop) is { } problem)
        {
            throw hop.Failed(ChainStage.Dial, FailureCause.ArgumentWrong, problem);
        }

        ProgramPool<TunnelPlugin.Key>.Lease lease = await EnterAsync(hop, cancellationToken).ConfigureAwait(false);
        hop.Connection.Own(lease);
        PooledProgram program = lease.Program;
        if (program.Process.Obstacle(plugin.Transport.Name, out LaunchedTransports? running) is { } down)
        {
            throw hop.Down(down);
        }

        var grant = new GrantCheck(hop, plugin.Name, plugin.Grants);
        hop.Connection.ServedBy(hop.Index, running!.Process, plugin.Name);
        IPEndPoint listener = running.Methods[plugin.Transport.Name].Address;
        hop.Trace.Joint = plugin.DialsItself ? JointKind.Direct : JointKind.Shim;
        if (program.Joint is { } joint)
        {
            return await ThroughJointAsync(hop, program, joint, listener, grant, cancellationToken).ConfigureAwait(false);
        }

        SocketConnection stream = await ConnectAsync(hop, listener, cancellationToken).ConfigureAwait(false);
        hop.Trace.WayStands(hop.Time); // as far as can be seen from here
        hop.Connection.LimitGrant(GrantQuality.Early); // it has accepted, and may not have dialled yet
        return stream;
    }

    private async Task<ProgramPool<TunnelPlugin.Key>.Lease> EnterAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        hop.Waits(ChainStage.Launch, $"the program of the tunnel to listen");
        await Poller.LeaveAsync(); // a process may have to be started
        ProgramPool<TunnelPlugin.Key>.Lease? lease;
        try
        {
            lease = await plugin.EnterAsync(hop, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw hop.Failed(ChainStage.Joint, e, $"no port could be opened for the way to the next hop");
        }

        if (lease is null)
        {
            throw hop.Failed(ChainStage.Launch, FailureCause.LimitReached,
                $"{plugin.Name} would need one more process, and {plugin.Budget.Limit} have connections; raise MaxTunnels in the plaitrc");
        }

        try
        {
            await lease.Program.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private async Task<ByteConnection> ThroughJointAsync(
        HopOpening hop, PooledProgram program, TunnelJoint joint, IPEndPoint listener, GrantCheck grant, CancellationToken cancellationToken)
    {
        bool lazy = plugin.Grants.Of(plugin.Transport.Name) == GrantQuality.Lazy;
        bool shares = joint.SharesConnections;
        bool alone = !lazy && !shares;
        if (alone)
        {
            await program.Entrance.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        hop.Trace.Dialled = false;
        TunnelTicket ticket = joint.Issue(hop);
        hop.Connection.Own(ticket);
        SocketConnection? stream = null;
        bool waits = true;
        try
        {
            stream = await ConnectAsync(hop, listener, cancellationToken).ConfigureAwait(false);
            hop.Waits(ChainStage.Joint, $"the tunnel to go on to the next hop");
            waits = !(shares && joint.IsCarrying);
            TimeSpan grace = !waits ? TimeSpan.Zero
                : lazy ? hop.Limits.LazyDialGrace / PartOfGrace
                : hop.Limits.LazyDialGrace;
            await ticket.Entered.WaitAsync(grace, hop.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            await LeaveAsync(ticket, stream).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (alone)
            {
                program.Entrance.Release();
            }
        }

        if (!ticket.Entered.IsCompleted)
        {
            if (waits)
            {
                return Unconfirmed(hop, joint, ticket, stream, grant, lazy);
            }

            hop.Connection.LimitGrant(GrantQuality.Lazy); // it was not waited for, so nothing is known of it
            return stream;
        }

        try
        {
            await ticket.Ready.WaitAsync(cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await LeaveAsync(ticket, stream).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>No stream has arrived for the connection: the tunnel dials only once payload flows, or carries it in a stream that stands.</summary>
    private ByteConnection Unconfirmed(
        HopOpening hop, TunnelJoint joint, TunnelTicket ticket, SocketConnection stream, GrantCheck grant, bool lazy)
    {
        if (joint.IsCarrying)
        {
            joint.SharesConnections |= !lazy;
            hop.Connection.LimitGrant(GrantQuality.Lazy);
            return stream;
        }

        grant.Found(GrantQuality.Lazy);
        hop.Connection.GrantedBefore(hop.Index, ticket.Entered);
        return new ProvisionalConnection(stream, joint.Used, grant.WentAround);
    }

    private static ValueTask LeaveAsync(TunnelTicket ticket, SocketConnection? stream)
    {
        ticket.Dispose();
        return stream?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async Task<SocketConnection> ConnectAsync(HopOpening hop, IPEndPoint listener, CancellationToken cancellationToken)
    {
        hop.Waits(ChainStage.Dial, $"the tunnel's own port to take the connection");
        try
        {
            return await hop.Opening.Chain.Sources.ConnectAsync(listener, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw hop.Failed(ChainStage.Dial, e, $"the tunnel's own port does not answer");
        }
    }
}
