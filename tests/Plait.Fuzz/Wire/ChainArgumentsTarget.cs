using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;

namespace Plait.Fuzz.Wire;

/// <summary>The flat list of a chain's arguments. The first byte says how many hops there are; then words of torrc.</summary>
internal sealed class ChainArgumentsTarget : FuzzTarget
{
    private const int MostHops = 8;

    internal override string Name => "chain-arguments";

    internal override string Invariant =>
        "each hop gets of each key the most specific form alone; merged again, the list is taken apart into the same; an "
        + "error names the key and no value";

    internal override int MaxLength => 1024;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "x-chain-", "x-chain-0-", "x-chain-1-", "x-chain-2onwards-", "x-chain-0onwards-", "x-chain-7-", "x-chain-01-", "k=v ",
        "k=w ", "cert=", " ", "=", "onwards-", "9999", "-", "\xc3\xa9"
    ];

    internal override string Run(byte[] input)
    {
        int hops = input.Length == 0 ? 1 : 1 + (input[0] % MostHops);
        string text = Text.Of(input.AsSpan(Math.Min(1, input.Length)));
        string[] words = text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (!PtArguments.TryParseWords(words, out PtArguments flat, out _))
        {
            return "";
        }

        if (!ChainArguments.TryDistribute(flat, hops, out IReadOnlyList<PtArguments> perHop, out string? error))
        {
            Check.That(perHop.Count == 0, "what is wrong leaves nothing");
            Check.That(
                flat.Any(argument => error!.StartsWith($"the argument '{argument.Key}' ", StringComparison.Ordinal)),
                "an error names the key");
            return Behaviour.Words(error![(error!.LastIndexOf("' ", StringComparison.Ordinal) + 1)..]);
        }

        Check.Equal(hops, perHop.Count, "a list for each hop");
        CheckSelection(flat, perHop);
        PtArguments merged = ChainArguments.Merge(perHop);
        bool apart = ChainArguments.TryDistribute(merged, hops, out IReadOnlyList<PtArguments> again, out _);
        Check.That(apart && again.SequenceEqual(perHop), "merged again, the list is taken apart into the same");
        return Behaviour.Of(hops, flat.Count, merged.Count, perHop.Distinct().Count());
    }

    /// <summary>What a hop gets for a key is what the most specific form of it says, found by trying the forms in turn.</summary>
    private static void CheckSelection(PtArguments flat, IReadOnlyList<PtArguments> perHop)
    {
        for (int hop = 0; hop < perHop.Count; hop++)
        {
            foreach (IGrouping<string, PtArgument> key in perHop[hop].GroupBy(argument => argument.Key))
            {
                IEnumerable<string> forms = Enumerable.Range(0, hop + 1).Reverse()
                    .Select(from => $"x-chain-{from}onwards-{key.Key}")
                    .Prepend($"x-chain-{hop}-{key.Key}").Append(key.Key);
                string form = forms.First(form => flat.First(form) is not null);
                IEnumerable<string> values = flat.Where(argument => argument.Key == form).Select(argument => argument.Value);
                Check.That(key.Select(argument => argument.Value).SequenceEqual(values), "the most specific form alone counts");
            }
        }
    }
}
