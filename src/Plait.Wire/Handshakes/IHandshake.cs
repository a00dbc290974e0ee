using System.Buffers;

namespace Plait.Wire.Handshakes;

/// <summary>What a handshake needs next. In every case the caller first sends the bytes that were written.</summary>
public enum HandshakeStep
{
    /// <summary>More bytes from the peer.</summary>
    Continue,

    /// <summary>Nothing: the handshake is done, and all later bytes belong to the caller.</summary>
    Completed,

    /// <summary>Nothing: the handshake has failed, and the caller closes the connection.</summary>
    Rejected,
}

/// <summary>One side of a handshake: bytes in, bytes out, no I/O and no clock.</summary>
public interface IHandshake
{
    /// <summary>
    /// Makes as much progress as <paramref name="input"/> allows. The caller calls it once with empty input at the start, so that the side that
    /// speaks first can speak, and then whenever bytes have arrived. After the end it repeats its last result.
    /// </summary>
    /// <param name="input">All bytes that have arrived and are not consumed yet.</param>
    /// <param name="consumed">
    /// How many bytes of the input were consumed. <see cref="HandshakeStep.Continue"/> and 0 means: call again with these bytes and more. After
    /// <see cref="HandshakeStep.Completed"/> the unconsumed bytes are payload.
    /// </param>
    /// <param name="output">Receives the bytes to send.</param>
    HandshakeStep Advance(ReadOnlySpan<byte> input, out int consumed, IBufferWriter<byte> output);

    /// <summary>Why the handshake was rejected, for a person; null until then. Without secrets and addresses.</summary>
    string? Rejection { get; }
}
