using System.Buffers;
using Plait.Fuzz.Engine;
using Plait.Wire.Handshakes;

namespace Plait.Fuzz.Wire;

/// <summary>What a handshake did with some input.</summary>
/// <param name="Step">Its last answer.</param>
/// <param name="Rejection">Why it was rejected.</param>
/// <param name="Output">All that it wrote, as hex.</param>
/// <param name="Left">Bytes after its end, once completed; else 0.</param>
internal sealed record HandshakeResult(HandshakeStep Step, string? Rejection, string Output, int Left);

/// <summary>
/// Feeds handshakes as a connection does: in pieces, into a buffer of <see cref="HandshakeLimits.BufferSize"/>. On the way
/// it checks what <see cref="IHandshake"/> promises.
/// </summary>
internal static class HandshakeFeeder
{
    /// <summary>Feeds <paramref name="input"/> in pieces of the lengths that <paramref name="nextPiece"/> gives.</summary>
    internal static HandshakeResult Feed(IHandshake handshake, ReadOnlySpan<byte> input, Func<int> nextPiece)
    {
        byte[] buffer = new byte[HandshakeLimits.BufferSize];
        var output = new ArrayBufferWriter<byte>();
        int held = 0;
        int fed = 0;
        while (true)
        {
            HandshakeStep step = handshake.Advance(buffer.AsSpan(0, held), out int consumed, output);
            Check.That(consumed >= 0 && consumed <= held, "a handshake uses only what it was given");
            buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
            held -= consumed;
            Check.That(
                (step == HandshakeStep.Rejected) == (handshake.Rejection is not null),
                "a reason is there exactly when it was rejected");
            if (step != HandshakeStep.Continue)
            {
                CheckEnd(handshake, step, buffer.AsSpan(0, held));
            }

            if (step != HandshakeStep.Continue || fed == input.Length)
            {
                int left = step == HandshakeStep.Completed ? held + input.Length - fed : 0;
                return new(step, handshake.Rejection, Convert.ToHexStringLower(output.WrittenSpan), left);
            }

            int piece = Math.Min(Math.Min(nextPiece(), buffer.Length - held), input.Length - fed);
            Check.That(piece > 0, "a handshake that wants more leaves room for it");
            input.Slice(fed, piece).CopyTo(buffer.AsSpan(held));
            (held, fed) = (held + piece, fed + piece);
        }
    }

    private static void CheckEnd(IHandshake handshake, HandshakeStep step, ReadOnlySpan<byte> held)
    {
        string? rejection = handshake.Rejection;
        Check.OneLine(rejection ?? "", "the reason");
        var output = new ArrayBufferWriter<byte>();
        HandshakeStep again = handshake.Advance(held, out int consumed, output);
        Check.That(again == step && handshake.Rejection == rejection, "after its end a handshake repeats its last answer");
        Check.That(consumed == 0 && output.WrittenCount == 0, "after its end a handshake takes and writes nothing");
    }
}
