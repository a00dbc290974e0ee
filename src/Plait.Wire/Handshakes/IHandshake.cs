using System.Buffers;

namespace Plait.Wire.Handshakes;

/// <summary>What a handshake needs next. Whatever it has written must be sent first, in every case.</summary>
public enum HandshakeStep
{
    /// <summary>More bytes from the peer.</summary>
    Continue,

    /// <summary>Nothing: it is done, and what follows is the caller's.</summary>
    Completed,

    /// <summary>Nothing: send what was written, then close.</summary>
    Rejected,
}

/// <summary>One side of a handshake: bytes in, bytes out, no I/O and no clock.</summary>
public interface IHandshake
{
    /// <summary>
    /// Makes as much progress as <paramref name="input"/> allows. To be called once with empty input at the start, so that
    /// the side that speaks first can speak, and then whenever bytes have come. After the end it repeats its last answer.
    /// </summary>
    /// <param name="input">What has come and was not yet consumed, contiguous.</param>
    /// <param name="consumed">
    /// How many bytes of it were used. <see cref="HandshakeStep.Continue"/> and 0 means: call again with these and more.
    /// After <see cref="HandshakeStep.Completed"/> the rest is somebody's payload.
    /// </param>
    /// <param name="output">Takes the answer.</param>
    HandshakeStep Advance(ReadOnlySpan<byte> input, out int consumed, IBufferWriter<byte> output);

    /// <summary>Why it was rejected, for a person; null until then. Holds no secrets and no addresses.</summary>
    string? Rejection { get; }
}
