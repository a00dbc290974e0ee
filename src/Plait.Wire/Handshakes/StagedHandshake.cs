using System.Buffers;

namespace Plait.Wire.Handshakes;

/// <summary>
/// A handshake that goes from stage to stage, each taking one message. As many stages run in one call as there are bytes
/// for, so messages that came together are served in order. What it is called with after its end is left alone.
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
    /// <returns>True when it is over and the next may have enough bytes already; false when it needs more, or all is over.</returns>
    private protected abstract bool TryStage(ref HandshakeTurn turn);

    /// <summary>The handshake is done. Bytes that are left are somebody's payload.</summary>
    /// <returns>False, for the stage to return.</returns>
    private protected bool Complete()
    {
        _step = HandshakeStep.Completed;
        return false;
    }

    /// <summary>The handshake has failed. Nothing that the peer has sent is of use.</summary>
    /// <param name="turn">The call in progress.</param>
    /// <param name="why">For a person: no secrets, no addresses.</param>
    /// <param name="reply">What the peer is told.</param>
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
