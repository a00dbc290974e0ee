using System.Text;
using Plait.Wire.Arguments;

namespace Plait.Wire.Hints;

/// <summary>
/// Keys that differ from the right one only by their case, by underscores for dashes, by quotes, or by characters that cannot be seen.
/// </summary>
internal static class KeySpelling
{
    // A key is no secret, but a value may stand in the place of a key by mistake.
    private const int LongestQuoted = 40;

    private static readonly char[] s_quotes = ['"', '\''];

    /// <summary>Reads a key that names a hop only after it is corrected: <c>X-Chain-1-cert</c>, <c>x_chain_1_cert</c>.</summary>
    internal static (string Prefix, string Key)? MeantForAHop(string written)
    {
        string corrected = Plain(written);
        return corrected != written && ChainArgument.TryParse(new(corrected, ""), out ChainArgument argument) && argument.Hop >= 0
            ? (corrected[..^argument.Key.Length], argument.Key)
            : null;
    }

    /// <summary>What is wrong with the spelling of a key and what to write; null if the key means something else.</summary>
    internal static string? Correction(string written, string meant)
    {
        int unseen = CharacterName.FirstUnseen(written);
        return Plain(written) != meant ? null
            : unseen >= 0 ? $"{CharacterName.At(written, unseen)} in a key: write {meant}"
            : written.IndexOfAny(s_quotes) >= 0 ? $"a key is in quotes: tor reads them as part of the key; write {meant}"
            : written.Contains('_', StringComparison.Ordinal) ? $"{Quote(written)}: write {meant}"
            : $"{Quote(written)}: keys are lower case; write {meant}";
    }

    /// <summary>The key as a message quotes it.</summary>
    internal static string Quote(string key) =>
        key.Length <= LongestQuoted && key.All(letter => letter is > ' ' and < '\x7F' and not '"') ? $"`{key}`" : "a key";

    /// <summary>The key without quotes and without characters that cannot be seen.</summary>
    internal static string Visible(string key) =>
        string.Concat(key.EnumerateRunes().Where(rune => !CharacterName.IsUnseen(rune) && rune.Value is not ('"' or '\'')));

    private static string Plain(string key) => Visible(key).ToLowerInvariant().Replace('_', '-');
}
