namespace Plait.Configuration;

/// <summary>Finds what a misspelt word was probably meant to be.</summary>
internal static class ClosestWord
{
    // Longer words are no slips of the finger; comparing them would only cost time.
    private const int MaxLength = 64;

    /// <summary>The known words nearest to <paramref name="word"/>, or none when none is near.</summary>
    internal static IReadOnlyList<string> Find(string word, IEnumerable<string> known)
    {
        if (word.Length > MaxLength)
        {
            return [];
        }

        int best = Math.Max(1, word.Length / 3); // a slip for every three letters
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

    /// <summary>Levenshtein's distance: letters to insert, remove or replace.</summary>
    internal static int Distance(ReadOnlySpan<char> from, ReadOnlySpan<char> to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 0; i < from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < to.Length; j++)
            {
                int replaced = diagonal + (from[i] == to[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(replaced, Math.Min(row[j], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
