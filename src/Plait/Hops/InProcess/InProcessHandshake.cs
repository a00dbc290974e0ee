using System.Net.Sockets;
using Plait.Chains;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Transports;

namespace Plait.Hops.InProcess;

/// <summary>The handshake of a transport inside Plait did not end when it was cancelled: it may still use its connection.</summary>
internal sealed class HandshakeGivenUpException(CancellationToken deadline) : OperationCanceledException(deadline);

/// <summary>Runs the handshakes of transports inside Plait, and turns their failures into those of their hops.</summary>
internal static class InProcessHandshake
{
    // A transport that heeds the cancellation needs microseconds; a busy machine makes that longer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Waits for a handshake. One that does not heed its deadline is given up; if it completes later, its stream is disposed.</summary>
    /// <param name="begin">Begins the handshake.</param>
    /// <param name="ended">Called once, when the handshake has ended; one that was given up may end late, or never.</param>
    /// <param name="time">The clock.</param>
    /// <param name="deadline">Ends the handshake.</param>
    /// <exception cref="TransportException">The handshake failed.</exception>
    /// <exception cref="HandshakeGivenUpException">It goes on after the deadline.</exception>
    internal static async ValueTask<ByteConnection> RunAsync(
        Func<CancellationToken, ValueTask<ByteConnection>> begin, Action ended, TimeProvider time, CancellationToken deadline)
    {
        bool givenUp = false;
        try
        {
            ValueTask<ByteConnection> handshake = begin(deadline);
            if (handshake.IsCompleted)
            {
                return await handshake.ConfigureAwait(false);
            }

            Task<ByteConnection> running = handshake.AsTask();
            await ((Task)running).WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!running.IsCompleted)
            {
                await ((Task)running).WaitAsync(s_patience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!running.IsCompleted)
            {
                givenUp = true;
                _ = DisposeLateAsync(running, ended);
                throw new HandshakeGivenUpException(deadline);
            }

            return await running.ConfigureAwait(false);
        }
        finally
        {
            if (!givenUp)
            {
                ended();
            }
        }
    }

    /// <summary>Records the failure of a handshake on its connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="hop">The hop.</param>
    /// <param name="error">What the handshake threw: one of <see cref="IsFailure"/>.</param>
    /// <param name="advice">What the reader of this side can do, if the transport does not say. The table's words are about programs.</param>
    internal static ChainException Failed(ChainConnection connection, int hop, Exception error, SafeText advice)
    {
        (FailureCause cause, SafeText detail, SafeText? own) = error is TransportException known
            ? (known.Failure, known.Detail, known.Advice)
            : (FailureCause.Reset, SafeText.Of($"the connection was lost during the transport's handshake"), null);
        return connection.Failed(connection.NewFailure(hop, ChainStage.Grant, cause, detail) with
        {
            Advice = own ?? (cause == FailureCause.ArgumentWrong ? null : advice),
        });
    }

    /// <summary>Whether an exception is how a handshake fails.</summary>
    internal static bool IsFailure(Exception error) => error is TransportException or IOException or SocketException or ObjectDisposedException;

    /// <summary>"its handshake with the client did not end within 30 s".</summary>
    internal static SafeText NotEndedWithin(SafeText otherSide, TimeSpan limit) =>
        $"its handshake with {otherSide} did not end within {limit.TotalSeconds:0.#} s";

    private static async Task DisposeLateAsync(Task<ByteConnection> running, Action ended)
    {
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ended();
        if (running.IsCompletedSuccessfully)
        {
            await running.Result.DisposeAsync().ConfigureAwait(false);
        }
    }
}
