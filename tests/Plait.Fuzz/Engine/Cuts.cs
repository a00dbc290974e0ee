namespace Plait.Fuzz.Engine;

/// <summary>Input as it may be delivered: the same bytes in other pieces have to mean the same.</summary>
internal static class Cuts
{
    /// <summary>
    /// Ways to cut an input: byte by byte first, then whole, then in small and in longer pieces whose lengths follow from the
    /// input. Each gives the length of the next piece.
    /// </summary>
    internal static IEnumerable<Func<int>> Of(byte[] input)
    {
        var random = new Random(input.Length == 0 ? 0 : (input.Length * 257) + input[^1] + input[0]);
        yield return () => 1;
        yield return () => int.MaxValue;
        yield return () => 1 + random.Next(3);
        yield return () => 1 + random.Next(40);
    }
}
