using Plait.Diagnostics.Failures;
using Plait.Wire.Addresses;

namespace Plait.Cli;

/// <summary>A bridge line in the wrong place of a command line: it holds an address and secrets, and is not repeated (G5).</summary>
internal static class StrayBridgeLine
{
    /// <summary>What to do with it.</summary>
    internal const string Advice = "a bridge line belongs after --bridge of plait check, in quotes";

    private const int FingerprintLength = 40;

    /// <summary>Whether a word may be a bridge line, or a part of one that no quotes hold together. A full path is none.</summary>
    internal static bool IsLikely(string text) => !text.StartsWith('/')
        && text.Split([' ', '\t', '\r', '\n', '\u00A0'], StringSplitOptions.RemoveEmptyEntries).Any(word => word.Contains('=', StringComparison.Ordinal)
            || AddressText.TryParse(word, out _) || AddressText.TryParseAddress(word, out _)
            || (word.Length == FingerprintLength && word.All(char.IsAsciiHexDigit)));
}
