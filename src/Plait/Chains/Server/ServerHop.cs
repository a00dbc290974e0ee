using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Processes;
using Plait.Transports;

namespace Plait.Chains.Server;

/// <summary>One hop of a server chain: knows how to be passed through.</summary>
internal abstract class ServerHop;

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
internal sealed class ManagedServerHop(ServerProgram program, string transport) : ServerHop
{
    /// <summary>Connects to the child's listener, from a source address that names this connection.</summary>
    /// <exception cref="ChainException">The child is down or does not accept.</exception>
    internal async Task<InwardDial> DialAsync(ServerConnection connection, int hop, CancellationToken cancellationToken)
    {
        if (program.Process.Running is not { } running || program.ListenerOf(running, transport) is not { } listener)
        {
            ProcessDown? down = program.Process.Down;
            throw connection.Connection.Failed(hop, down?.Stage ?? ChainStage.Launch, down?.Cause ?? FailureCause.Exited,
                down?.Text ?? $"{program.Name} no longer offers this transport");
        }

        connection.Connection.ServedBy(hop, running.Process, program.Name);
        try
        {
            return await program.DialAsync(connection, hop, listener, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw connection.Connection.Failed(hop, ChainStage.Dial, FailureWords.CauseOf(e),
                $"the transport's own listener does not answer", e);
        }
    }
}
