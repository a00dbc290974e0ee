using Plait.Chains;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Transports;

namespace Plait.Hops.InProcess;

/// <summary>Waits for the handshake of a transport inside Plait, and turns its failure into that of its hop.</summary>
internal static class InProcessHandshake
{
    /// <summary>Waits; no longer than the deadline, even for a transport that does not heed it.</summary>
    /// <param name="handshake">Begins the handshake.</param>
    /// <param name="connection">Whose connection it is.</param>
    /// <param name="hop">The hop.</param>
    /// <param name="deadline">Ends the wait.</param>
    /// <exception cref="ChainException">The handshake failed.</exception>
    /// <exception cref="OperationCanceledException">The deadline came first.</exception>
    internal static async ValueTask<ByteConnection> RunAsync(
        Func<CancellationToken, ValueTask<ByteConnection>> handshake, ChainConnection connection, int hop, CancellationToken deadline)
    {
        try
        {
            ValueTask<ByteConnection> running = handshake(deadline);
            return running.IsCompleted
                ? await running.ConfigureAwait(false)
                : await running.AsTask().WaitAsync(deadline).ConfigureAwait(false);
        }
        catch (TransportException e)
        {
            throw connection.Failed(hop, ChainStage.Grant, e.Failure, e.Detail, e);
        }
        catch (IOException e)
        {
            throw connection.Failed(hop, ChainStage.Grant, FailureCause.Reset, $"the connection was lost during the transport's handshake", e);
        }
    }
}
