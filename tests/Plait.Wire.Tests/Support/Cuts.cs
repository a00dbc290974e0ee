namespace Plait.Wire.Tests.Support;

/// <summary>Input as a network may deliver it (S31).</summary>
internal static class Cuts
{
    /// <summary>The input whole, byte by byte, and in two pieces cut at every position.</summary>
    internal static IEnumerable<byte[][]> All(byte[] input)
    {
        yield return [input];
        yield return [.. input.Select(b => new[] { b })];
        for (int cut = 1; cut < input.Length; cut++)
        {
            yield return [input[..cut], input[cut..]];
        }
    }

    /// <summary>All cuts of messages that never come together: one message is cut at a time, the others stay whole.</summary>
    internal static IEnumerable<byte[][]> OfEach(params byte[][] messages)
    {
        for (int i = 0; i < messages.Length; i++)
        {
            foreach (byte[][] pieces in All(messages[i]))
            {
                yield return [.. messages[..i], .. pieces, .. messages[(i + 1)..]];
            }
        }

        yield return [.. messages.SelectMany(message => message).Select(b => new[] { b })];
    }
}
