using System.Buffers;

namespace Plait.Wire.Tests.Support;

/// <summary>What a handshake did with some input.</summary>
/// <param name="Step">Its last answer.</param>
/// <param name="Output">All that it wrote, as hex.</param>
/// <param name="Left">The unconsumed bytes in hex, without pieces after the end.</param>
internal sealed record HandshakeRun(HandshakeStep Step, string Output, string Left)
{
    /// <summary>Feeds pieces as a runner would: one call with nothing, then one for each arrival.</summary>
    internal static HandshakeRun Feed(IHandshake handshake, IEnumerable<byte[]> pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        byte[] held = [];
        HandshakeStep step = Advance(handshake, ref held, output);
        foreach (byte[] piece in pieces)
        {
            if (step != HandshakeStep.Continue)
            {
                held = [.. held, .. piece];
                continue;
            }

            held = [.. held, .. piece];
            step = Advance(handshake, ref held, output);
        }

        Assert.Equal(step == HandshakeStep.Rejected, handshake.Rejection is not null);
        return new(step, Hex.Text(output.WrittenSpan), Hex.Text(held));
    }

    /// <summary>Runs fresh handshakes over every cut of the input, expects the same each time, and returns the last.</summary>
    internal static T EveryCut<T>(Func<T> create, string input, HandshakeStep step, string output, string left = "")
        where T : IHandshake => Every(create, Cuts.All(Hex.Bytes(input)), step, output, left);

    /// <summary>As <see cref="EveryCut"/> for a peer that sends its messages one after the other.</summary>
    internal static T EveryCutOfEach<T>(Func<T> create, string[] messages, HandshakeStep step, string output, string left = "")
        where T : IHandshake => Every(create, Cuts.OfEach([.. messages.Select(Hex.Bytes)]), step, output, left);

    private static T Every<T>(Func<T> create, IEnumerable<byte[][]> cuts, HandshakeStep step, string output, string left)
        where T : IHandshake
    {
        T handshake = create();
        foreach (byte[][] pieces in cuts)
        {
            handshake = create();
            HandshakeRun run = Feed(handshake, pieces);
            Assert.Equal((step, output.Replace(" ", "", StringComparison.Ordinal)), (run.Step, run.Output));
            if (step == HandshakeStep.Completed)
            {
                Assert.Equal(left, run.Left);
            }
        }

        return handshake;
    }

    private static HandshakeStep Advance(IHandshake handshake, ref byte[] held, ArrayBufferWriter<byte> output)
    {
        HandshakeStep step = handshake.Advance(held, out int consumed, output);
        held = held[consumed..];
        Assert.True(step != HandshakeStep.Continue || held.Length < HandshakeLimits.BufferSize, "the buffer is full and nothing moves");
        return step;
    }
}
