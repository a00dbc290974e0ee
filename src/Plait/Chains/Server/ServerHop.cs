using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Transports;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>One hop of a server chain: knows how to be passed through.</summary>
internal abstract class ServerHop
{
    /// <summary>Why it cannot serve at this moment, or null.</summary>
    internal virtual ProcessDown? Obstacle => null;
}

/// <summary>A hop inside Plait.</summary>
internal sealed class InProcessServerHop(IInProcessTransport transport) : ServerHop
{
    internal ByteConnection Unwrap(HopTrace trace, ByteConnection outer)
    {
        trace.RunsIn(HopTrace.InProcess);
        trace.Joint = JointKind.InProcess;
        return transport.WrapServer(new CountedConnection(outer, trace));
    }
}

/// <summary>A hop that is a child's transport.</summary>
internal sealed class ManagedServerHop(ServerPlugin program, string transport) : ServerHop
{
    internal override ProcessDown? Obstacle => program.Process.Obstacle(transport, out _);

    /// <summary>
    /// Its streams come to the joint without saying from which dial: one that seems missing may have come. What an indirect transport brings
    /// is a connection of its own in any case, which outlives the dials that carried it (R4).
    /// </summary>
    internal bool BringsUnnamed => program.BringsUnnamed || program.IsIndirect(transport);

    /// <summary>What the hop's clients have to know, or null if the child has never said so; see <see cref="ServerLaunch.Announce"/>.</summary>
    internal PtArguments? Announce() => program.Announce(transport);

    /// <summary>The address that the hop announces, if it stands at the wire and listens itself; null if it never did so.</summary>
    internal IPEndPoint? AnnouncedAddress => program.AnnouncedAddress;

    /// <summary>Whether it stands at the wire and listens itself.</summary>
    internal bool ListensItself => program.PublicAddress is not null;

    /// <summary>Connects to the child's listener, from a source address that names this connection.</summary>
    /// <exception cref="ChainException">The child is down or does not accept.</exception>
    internal async Task<InwardDial> DialAsync(ServerConnection connection, int hop, CancellationToken cancellationToken)
    {
        if (program.Process.Obstacle(transport, out LaunchedTransports? running) is { } down)
        {
            throw connection.Connection.Down(hop, down);
        }

        connection.Connection.ServedBy(hop, running!.Process, program.Name);
        try
        {
            return await program.DialAsync(connection, hop, running.Methods[transport], cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            FailureCause cause = FailureWords.CauseOf(e);
            throw connection.Connection.Failed(hop, ChainStage.Dial, cause,
                FailureWords.DetailOf(cause, $"the transport's own listener does not answer"), e);
        }
    }
}
