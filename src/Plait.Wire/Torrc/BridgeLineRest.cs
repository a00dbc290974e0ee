using Plait.Wire.Arguments;
using Plait.Wire.Hints;

namespace Plait.Wire.Torrc;

/// <summary>Judges whether a line of a text is the rest of the bridge line before it, or text of another kind.</summary>
internal static class BridgeLineRest
{
    /// <summary>Whether it is certainly: nothing but arguments that the chain takes and that are absent, or the fingerprint.</summary>
    internal static bool IsOf(BridgeLineReading complete, string next)
    {
        PtArguments given = complete.Bridge!.Arguments;
        string[] words = WordsOf(next);
        return words is [var only] && BridgeLineTarget.IsFingerprint(only) ? complete.Bridge.Fingerprint is null && given.Count == 0
            : words.All(word => KeyOf(word) is { } key && Takes(complete, key) && given.First(key) is null);
    }

    /// <summary>Whether all that it sets is what the chain takes: other settings of a file are not, and they may be secrets.</summary>
    internal static bool MayBeOf(BridgeLineReading joined, IEnumerable<string> lines) =>
        joined.Chain is not null && lines.SelectMany(WordsOf).All(word => KeyOf(word) is not { } key || Takes(joined, key));

    /// <summary>Whether a complete line may have lost it: an argument of the chain, or the end of a value that has no certain length.</summary>
    internal static bool IsLostBy(BridgeLineReading complete, string next)
    {
        string[] words = WordsOf(next);
        if (words is [var first, ..] && first.StartsWith("Bridge", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        if (complete.Chain is null)
        {
            return complete.Bridge!.Transport is not null && words.Length > 0 && words.All(word => KeyOf(word) is not null);
        }

        return words.Any(word => KeyOf(word) is { } key && Takes(complete, key))
            || (complete.Bridge!.Arguments is [.., var last] && IsOpen(complete, last.Key)
                && (last.Value.EndsWith(',') || (words is [var only] && KeyOf(only) is null && !MarkupText.CanBeProse(only) && only.Any(char.IsLetterOrDigit))));
    }

    private static string[] WordsOf(string line) =>
        line.TrimStart('>', ' ', '\t').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The key of an argument or of a setting; null for other words, such as the end of a URL or of a cert.</summary>
    private static string? KeyOf(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string key = equals > 0 ? word[..equals].TrimStart('"', '\'', '\u201C', '\u2018') : "";
        return key.Length > 0 && word.AsSpan(equals).Trim('=').Length > 0 && char.IsAsciiLetter(key[0])
            && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.') ? key : null;
    }

    private static bool Takes(BridgeLineReading reading, string key) => Forms(reading, key).Any();

    private static bool IsOpen(BridgeLineReading reading, string key) => Forms(reading, key).Any(form => form == ArgumentForm.Any || form == ArgumentForm.Url);

    private static IEnumerable<ArgumentForm> Forms(BridgeLineReading reading, string key) =>
        from transport in reading.Chain?.Transports ?? []
        from known in KnownTransports.Of(transport)?.Keys ?? []
        where known.Name.Equals(ChainArgument.TryParse(new(key, ""), out ChainArgument argument) ? argument.Key : key, StringComparison.OrdinalIgnoreCase)
        select known.Form;
}
