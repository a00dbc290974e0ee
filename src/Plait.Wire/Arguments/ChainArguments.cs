using System.Diagnostics.CodeAnalysis;

namespace Plait.Wire.Arguments;

/// <summary>
/// One flat list of arguments to one list per hop, and back (C16). <c>k</c> applies to every hop,
/// <c>x-chain-2onwards-k</c> to hop 2 and later, <c>x-chain-2-k</c> to hop 2. If a hop gets one key in several forms, only the most specific
/// form applies: that of the hop, then the <c>onwards</c> form with the largest number, then the plain form.
/// </summary>
public static class ChainArguments
{
    private const string HowToWrite = "write x-chain-<hop>-<key>=<value> or x-chain-<hop>onwards-<key>=<value>";

    /// <summary>Gives each hop its arguments, in the order of the flat list.</summary>
    /// <param name="flat">The arguments from tor, without those for Plait itself.</param>
    /// <param name="hops">Number of hops in the chain, at least 1.</param>
    /// <param name="perHop">
    /// A list for each hop. An argument that replaces a less specific one takes the position at which its key first appears. Empty after an
    /// error.
    /// </param>
    /// <param name="error">Which key is wrong and what to write; null on success.</param>
    public static bool TryDistribute(PtArguments flat, int hops, out IReadOnlyList<PtArguments> perHop, out string? error)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hops, 1);
        perHop = [];
        List<ChainArgument> arguments = [];
        foreach (PtArgument argument in flat)
        {
            if (!ChainArgument.TryParse(argument, out ChainArgument parsed))
            {
                error = $"the argument '{argument.Key}' is not known: {HowToWrite}";
                return false;
            }

            if (parsed.Hop >= hops)
            {
                error = $"the argument '{argument.Key}' names hop {parsed.Hop}, but the chain's hops are 0 to {hops - 1}";
                return false;
            }

            arguments.Add(parsed);
        }

        perHop = [.. Enumerable.Range(0, hops).Select(hop => Select(arguments, hop))];
        error = null;
        return true;
    }

    /// <summary>
    /// The reverse of <see cref="TryDistribute"/>, which reads exactly these lists from the result. Keys are plain if there is only one hop or
    /// if every hop has the key with the same values; all other keys name their hop.
    /// </summary>
    /// <param name="perHop">A list for each hop, at least one.</param>
    public static PtArguments Merge(IReadOnlyList<PtArguments> perHop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perHop.Count, 1);

        // Shared keys can be written once only if every hop has them in the same order. If two hops disagree, one key is no longer shared, and
        // the merge starts again.
        HashSet<string> shared = SharedKeys(perHop);
        List<PtArgument> flat;
        while (!TryMerge(perHop, shared, out flat, out string? misplaced))
        {
            shared.Remove(misplaced);
        }

        return PtArguments.From(flat);
    }

    /// <summary>An argument as it is written in a flat list if it is for one hop only: <c>x-chain-1-cert</c>.</summary>
    /// <param name="hop">The hop, 0 nearest to tor.</param>
    /// <param name="argument">The argument as the hop knows it.</param>
    public static PtArgument NameFor(int hop, PtArgument argument) => ChainArgument.Name(argument, hop);

    private static PtArguments Select(List<ChainArgument> arguments, int hop)
    {
        Dictionary<string, (int Rank, int First)> keys = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            int rank = arguments[i].RankOn(hop);
            if (rank != ChainArgument.NoRank)
            {
                (int best, int first) = keys.GetValueOrDefault(arguments[i].Key, (rank, i));
                keys[arguments[i].Key] = (Math.Max(rank, best), first);
            }
        }

        HashSet<string> placed = [];
        List<(int Place, PtArgument Argument)> selected = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            ChainArgument argument = arguments[i];
            if (keys.TryGetValue(argument.Key, out (int Rank, int First) key) && argument.RankOn(hop) == key.Rank)
            {
                int place = placed.Add(argument.Key) ? key.First : i;
                selected.Add((place, new(argument.Key, argument.Value)));
            }
        }

        return PtArguments.From([.. selected.OrderBy(item => item.Place).Select(item => item.Argument)]);
    }

    // A key that begins with our prefix must name its hop: written plain, it would be read as an instruction.
    private static HashSet<string> SharedKeys(IReadOnlyList<PtArguments> perHop)
    {
        ILookup<string, string>[] values =
            [.. perHop.Select(hop => hop.ToLookup(argument => argument.Key, argument => argument.Value))];
        return values[0]
            .Where(key => !key.Key.StartsWith(ChainArgument.Prefix, StringComparison.Ordinal)
                && values.All(hop => hop[key.Key].SequenceEqual(key)))
            .Select(key => key.Key)
            .ToHashSet();
    }

    // Walks all hops at once. Each hop writes its own keys up to the next shared key. If all hops have reached the same shared key, it is
    // written once.
    private static bool TryMerge(
        IReadOnlyList<PtArguments> perHop, HashSet<string> shared, out List<PtArgument> flat,
        [NotNullWhen(false)] out string? misplaced)
    {
        flat = [];
        misplaced = null;
        int[] next = new int[perHop.Count];
        while (true)
        {
            for (int hop = 0; hop < perHop.Count; hop++)
            {
                for (; next[hop] < perHop[hop].Count && !shared.Contains(perHop[hop][next[hop]].Key); next[hop]++)
                {
                    flat.Add(ChainArgument.Name(perHop[hop][next[hop]], hop));
                }
            }

            if (next[0] == perHop[0].Count)
            {
                return true;
            }

            PtArgument argument = perHop[0][next[0]];
            for (int hop = 0; hop < perHop.Count; hop++)
            {
                if (perHop[hop][next[hop]++] != argument)
                {
                    misplaced = argument.Key;
                    return false;
                }
            }

            flat.Add(argument);
        }
    }
}
