using System.Buffers;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Handshakes;

namespace Plait.Connections;

/// <summary>How a handshake ended.</summary>
/// <param name="Step">Completed or rejected.</param>
/// <param name="Why">Why it was rejected, for a person; empty if it completed.</param>
/// <param name="Left">The other side left instead of answering.</param>
[ProgramSeam]
internal readonly record struct HandshakeOutcome(HandshakeStep Step, SafeText Why, bool Left = false)
{
    internal bool Completed => Step == HandshakeStep.Completed;
}

/// <summary>The only code that waits during a handshake: SOCKS, HTTP CONNECT and ExtORPort, both sides.</summary>
[ProgramSeam]
internal static class HandshakeRunner
{
    // More than any handshake has messages. A peer that sends without end does not keep other connections waiting.
    private const int ReadsPerRound = 16;

    /// <summary>
    /// Runs <paramref name="handshake"/> over <paramref name="connection"/>; bytes after its last message stay in the
    /// connection as unread payload. The deadline is in the token.
    /// </summary>
    /// <exception cref="IOException">The connection failed.</exception>
    /// <remarks>
    /// It goes on where its messages come, on a poller's thread, and so does its caller: to change the thread for each would be the
    /// larger part of the cost of an opening. A caller that does more than open the next connection leaves that thread first
    /// (<see cref="Poller.LeaveAsync"/>).
    /// </remarks>
    internal static Task<HandshakeOutcome> RunAsync(
        SocketConnection connection, IHandshake handshake, CancellationToken cancellationToken) =>
        RunAsync(connection, handshake, completed: null, cancellationToken);

    /// <summary>
    /// The same over a connection that cannot keep what is read too far: reads byte by byte, so that nothing is. For a handshake of a few bytes
    /// through a whole chain.
    /// </summary>
    /// <exception cref="IOException">The connection failed.</exception>
    internal static async Task<HandshakeOutcome> RunExactlyAsync(ByteConnection connection, IHandshake handshake, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[HandshakeLimits.BufferSize];
        var output = new ArrayBufferWriter<byte>(256);
        int held = 0;
        while (true)
        {
            HandshakeStep step = handshake.Advance(buffer.AsSpan(0, held), out int consumed, output);
            if (output.WrittenCount > 0)
            {
                await connection.WriteAsync(output.WrittenMemory, cancellationToken).ConfigureAwait(false);
                output.ResetWrittenCount();
            }

            buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
            held -= consumed;
            if (step != HandshakeStep.Continue)
            {
                return new(step, handshake.Rejection is { } why ? SafeText.Own(why) : SafeText.Empty);
            }

            if (await connection.ReadAsync(buffer.AsMemory(held, 1), cancellationToken).ConfigureAwait(false) == 0)
            {
                return new(HandshakeStep.Rejected, $"the other side closed the connection during the handshake", Left: true);
            }

            held++;
        }
    }

    /// <param name="connection">The connection.</param>
    /// <param name="handshake">The side of it that is ours.</param>
    /// <param name="completed">Called when it completes, at the place where its last message is read: the state that it looks at is that of this moment.</param>
    /// <param name="cancellationToken">The deadline.</param>
    /// <inheritdoc cref="RunAsync(SocketConnection, IHandshake, CancellationToken)"/>
    internal static async Task<HandshakeOutcome> RunAsync(
        SocketConnection connection, IHandshake handshake, Action? completed, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(HandshakeLimits.BufferSize);
        var output = new ArrayBufferWriter<byte>(256);
        int held = 0;
        int reads = 0;
        try
        {
            while (true)
            {
                HandshakeStep step = handshake.Advance(buffer.AsSpan(0, held), out int consumed, output);
                if (step == HandshakeStep.Completed)
                {
                    completed?.Invoke();
                }

                if (output.WrittenCount > 0)
                {
                    await connection.WriteAsync(output.WrittenMemory, cancellationToken).ConfigureAwait(false);
                    output.ResetWrittenCount();
                }

                buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
                held -= consumed;
                if (step != HandshakeStep.Continue)
                {
                    connection.Unconsumed(buffer.AsSpan(0, held).ToArray());
                    return new(step, handshake.Rejection is { } why ? SafeText.Own(why) : SafeText.Empty);
                }

                int count = await connection.ReadAsync(buffer.AsMemory(held), inPlace: true, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    return new(HandshakeStep.Rejected, $"the other side closed the connection during the handshake", Left: true);
                }

                held += count;
                if (++reads % ReadsPerRound == 0)
                {
                    await Poller.NextRoundAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
