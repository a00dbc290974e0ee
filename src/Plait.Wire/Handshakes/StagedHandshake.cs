using System.Buffers;

namespace Plait.Wire.Handshakes;

/// <summary>
/// A handshake in stages, each of which reads one message. One call runs as many stages as there are bytes for, so that messages that
/// arrived together are answered in order. After the end of the handshake a call consumes nothing.
/// </summary>
public abstract class StagedHandshake : IHandshake
{
    private HandshakeStep _step = HandshakeStep.Continue;

    private protected StagedHandshake()
    {
    }

    /// <inheritdoc/>
    public string? Rejection { get; private set; }

    /// <inheritdoc/>
    public HandshakeStep Advance(ReadOnlySpan<byte> input, out int consumed, IBufferWriter<byte> output)
    {
        var turn = new HandshakeTurn(input, output);
        while (_step == HandshakeStep.Continue && TryStage(ref turn))
        {
        }

        consumed = turn.Consumed;
        return _step;
    }

    /// <summary>Runs the present stage.</summary>
    /// <returns>True if the next stage can run; false if this stage needs more bytes, or if the handshake has ended.</returns>
    private protected abstract bool TryStage(ref HandshakeTurn turn);

    /// <summary>Ends the handshake successfully. Unread bytes are payload.</summary>
    /// <returns>False, for the stage to return.</returns>
    private protected bool Complete()
    {
        _step = HandshakeStep.Completed;
        return false;
    }

    /// <summary>Ends the handshake as failed, and drops the unread bytes.</summary>
    /// <param name="turn">The call in progress.</param>
    /// <param name="why">For a person, without secrets and addresses.</param>
    /// <param name="reply">The last bytes to send.</param>
    /// <returns>False, for the stage to return.</returns>
    private protected bool Reject(ref HandshakeTurn turn, string why, params ReadOnlySpan<byte> reply)
    {
        turn.SkipAll();
        turn.Write(reply);
        Rejection = why;
        _step = HandshakeStep.Rejected;
        return false;
    }
}
