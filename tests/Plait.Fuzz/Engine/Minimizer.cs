namespace Plait.Fuzz.Engine;

/// <summary>Makes an input smaller as long as it stays what it is: pieces are left out, bytes made plain.</summary>
internal static class Minimizer
{
    /// <summary>The smallest input found.</summary>
    /// <param name="input">The input.</param>
    /// <param name="same">Whether another one shows the same.</param>
    /// <param name="runs">How often <paramref name="same"/> may be asked.</param>
    internal static byte[] Minimize(byte[] input, Func<byte[], bool> same, int runs)
    {
        bool smaller = true;
        while (smaller && runs > 0)
        {
            smaller = false;
            for (int size = Math.Max(1, input.Length / 2); size > 0; size /= 2)
            {
                for (int at = 0; at < input.Length && runs > 0;)
                {
                    byte[] without = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(input.Length, at + size))];
                    runs--;
                    if (same(without))
                    {
                        input = without;
                        smaller = true;
                    }
                    else
                    {
                        at += size;
                    }
                }
            }
        }

        for (int at = 0; at < input.Length && runs > 0; at++)
        {
            byte[] plain = [.. input];
            plain[at] = (byte)'a';
            runs--;
            input = input[at] != 'a' && same(plain) ? plain : input;
        }

        return input;
    }
}
