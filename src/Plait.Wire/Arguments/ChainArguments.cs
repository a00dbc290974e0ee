using System.Diagnostics.CodeAnalysis;

namespace Plait.Wire.Arguments;

/// <summary>
/// One flat list of arguments to one list per hop, and back (section 3 of the design; C16). <c>k</c> counts for every hop,
/// <c>x-chain-2onwards-k</c> for hop 2 and later, <c>x-chain-2-k</c> for hop 2. For one key on one hop the most specific
/// form alone counts: that of the hop, then the <c>onwards</c> form with the largest number, then the plain one.
/// </summary>
public static class ChainArguments
{
    private const string HowToWrite = "write x-chain-<hop>-<key>=<value> or x-chain-<hop>onwards-<key>=<value>";

    /// <summary>Gives each hop its arguments, in the order of the flat list.</summary>
    /// <param name="flat">The arguments as tor gives them, without those for Plait itself.</param>
    /// <param name="hops">Length of the chain, at least 1.</param>
    /// <param name="perHop">
    /// A list for each hop. Where a more specific form replaces another, it stands where its key was first given.
    /// Empty after an error.
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
    /// One flat list that <see cref="TryDistribute"/> takes apart into exactly these: for one hop, and for keys that every
    /// hop has with equal values, plain; for the rest with the hop's number.
    /// </summary>
    /// <param name="perHop">A list for each hop, at least one.</param>
    public static PtArguments Merge(IReadOnlyList<PtArguments> perHop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perHop.Count, 1);

        // Keys shared by all hops can all be written once only if every hop has them in the same order. Where two hops
        // disagree, one key is given up and the rest tried again.
        HashSet<string> shared = SharedKeys(perHop);
        List<PtArgument> flat;
        while (!TryMerge(perHop, shared, out flat, out string? misplaced))
        {
            shared.Remove(misplaced);
        }

        return PtArguments.From(flat);
    }

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

    // A key that looks like one of ours must be written with a hop's number, or it would be taken for an instruction.
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

    // Walks all hops at once. Each writes its own keys until it stands before a shared one; when all stand before the
    // same, it is written once.
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
