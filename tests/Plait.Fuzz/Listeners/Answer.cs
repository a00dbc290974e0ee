using System.Buffers;
using Plait.Fuzz.Engine;
using Plait.Wire.Handshakes;

namespace Plait.Fuzz.Listeners;

/// <summary>What a listener owes for bytes that it was sent, worked out in memory.</summary>
/// <param name="Step">How far the handshake is.</param>
/// <param name="Said">What it has said.</param>
/// <param name="Payload">What comes after it.</param>
internal sealed record Answer(HandshakeStep Step, byte[] Said, byte[] Payload)
{
    /// <summary>
    /// Bytes that have to come without more being sent: after a handshake that is through, a reply, if only to refuse.
    /// </summary>
    internal int Owed => Said.Length + (Step == HandshakeStep.Completed ? 1 : 0);

    /// <summary>Works it out.</summary>
    internal static Answer Of(IHandshake handshake, byte[] sent)
    {
        byte[] held = [];
        int fed = 0;
        var output = new ArrayBufferWriter<byte>();
        while (true)
        {
            HandshakeStep step = handshake.Advance(held, out int consumed, output);
            held = held[consumed..];
            if (step != HandshakeStep.Continue || fed == sent.Length)
            {
                return new(step, output.WrittenSpan.ToArray(), [.. held, .. sent.AsSpan(fed)]);
            }

            held = [.. held, sent[fed++]];
        }
    }

    /// <summary>
    /// Checks that what came is what was owed: all of it if the attacker waited for the end, the beginning of it if either side
    /// closed in between.
    /// </summary>
    /// <param name="connection">What came.</param>
    /// <param name="grant">What is said to a handshake that is let through; then everything comes back as an echo.</param>
    /// <param name="refusals">What else may be said to it.</param>
    /// <returns>What happened, in a word.</returns>
    internal string Compare(AttackerConnection connection, byte[] grant, params ReadOnlySpan<byte[]> refusals)
    {
        byte[] received = connection.Received;
        bool toTheEnd = connection is { Finished: true, EndedByReset: false };
        if (Step != HandshakeStep.Completed)
        {
            Check.That(IsPrefix(received, Said), "what came is what was owed to this handshake");
            Check.That(
                !toTheEnd || Step != HandshakeStep.Continue || received.Length == Said.Length,
                "all that was owed to this handshake came");
            return $"{Step}{Said.Length}";
        }

        byte[] granted = [.. Said, .. grant];
        if (received.AsSpan().StartsWith(granted))
        {
            Check.That(IsPrefix(received, [.. granted, .. Payload]), "the payload comes back in order and unchanged");
            Check.That(!toTheEnd || received.Length == granted.Length + Payload.Length, "all of the payload comes back");
            return "granted";
        }

        bool refused = IsPrefix(received, granted);
        foreach (byte[] refusal in refusals)
        {
            refused |= IsPrefix(received, [.. Said, .. refusal]);
        }

        Check.That(refused, "a request is granted, or refused with a reply");
        return "refused";
    }

    private static bool IsPrefix(byte[] part, byte[] whole) => whole.AsSpan().StartsWith(part);
}
