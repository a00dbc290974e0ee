namespace Plait.Wire.Hints;

/// <summary>Finds the known words that a misspelt word resembles.</summary>
public static class ClosestWord
{
    // Comparing longer words would take time without a use: they are not typing errors.
    private const int MaxLength = 64;

    /// <summary>
    /// The known words nearest to <paramref name="word"/>, ignoring case. One typing error per three letters is allowed, at least one.
    /// </summary>
    /// <param name="word">The word as written.</param>
    /// <param name="known">The words to choose from.</param>
    /// <returns>All known words at the smallest distance, in their order; empty if no word is near enough.</returns>
    public static IReadOnlyList<string> Find(string word, IEnumerable<string> known)
    {
        if (word.Length > MaxLength)
        {
            return [];
        }

        int best = Math.Max(1, word.Length / 3);
        var nearest = new List<string>();
        foreach (string candidate in known.Where(candidate => candidate.Length <= MaxLength))
        {
            int distance = Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance > best)
            {
                continue;
            }

            if (distance < best)
            {
                nearest.Clear();
                best = distance;
            }

            nearest.Add(candidate);
        }

        return nearest;
    }

    /// <summary>Counts the letters to insert, remove, replace or swap with their neighbour (optimal string alignment).</summary>
    internal static int Distance(ReadOnlySpan<char> from, ReadOnlySpan<char> to)
    {
        int[] beforeLast = [];
        int[] last = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int[] row = new int[to.Length + 1];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, 1 + Math.Min(last[j], row[j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    row[j] = Math.Min(row[j], 1 + beforeLast[j - 2]);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[^1];
    }
}
