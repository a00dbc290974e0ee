using Plait.Configuration;
using Plait.Wire.Hints;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>The first words of a torrc's lines, as tor looks them up.</summary>
internal static class TorrcKeywords
{
    private static readonly HashSet<string> s_plaitrcWords = new(
        new ConfigurationParser("").Keywords.Where(word => !TorrcWords.Contains(word)), StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks up every option.</summary>
    /// <param name="options">A torrc.</param>
    /// <param name="findings">Gets words that tor does not know, and abbreviations.</param>
    /// <returns>The options, with whole words in the place of abbreviations.</returns>
    internal static IReadOnlyList<TorrcOption> LookUp(IReadOnlyList<TorrcOption> options, List<Finding> findings) =>
        [.. options.Select((option, index) => LookUp(option, index > 0 ? options[index - 1].Line.Fault : TorrcFault.None, findings))];

    private static TorrcOption LookUp(TorrcOption option, TorrcFault before, List<Finding> findings)
    {
        string word = option.Line.Keyword;
        if (TorrcWords.Contains(word) || before != TorrcFault.None) // a fault may have cut one line in two
        {
            return option;
        }

        if (s_plaitrcWords.Contains(word))
        {
            findings.Add(Finding.Problem(option.At, $"{word} is a word of the plaitrc, and tor does not start with it", "Move the line to the plaitrc."));
        }
        else if (TorrcWords.OfAbbreviation(word) is { } whole)
        {
            findings.Add(Finding.Note(option.At, $"tor takes {word} for {whole}, and warns of it", $"Write {whole}."));
            return option with { Line = option.Line with { Keyword = whole } };
        }
        else
        {
            findings.Add(Finding.Problem(
                option.At, $"{QuotedName.Name(word)} is no option of tor {TorrcWords.Version}, and tor does not start with it",
                ClosestWord.Find(word, TorrcWords.Options) is { Count: > 0 and <= 3 } meant ? $"Did you mean {string.Join(" or ", meant)}?" : "Correct the word, or remove the line."));
        }

        return option;
    }
}
