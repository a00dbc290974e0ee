namespace Plait.Configuration;

/// <summary>Repeats words of the file in messages, unless they could be something else than a name.</summary>
/// <remarks>
/// Where a name belongs, a slip may have put an address, an argument or half a certificate, and messages go to logs
/// (G5). Only what looks like a name or a chain is repeated.
/// </remarks>
internal static class QuotedName
{
    // Long enough for any chain that a person writes, short enough for a line of a log.
    private const int MaxLength = 60;

    internal static string Name(string text) => IsHarmless(text) ? $"\"{text}\"" : "(not repeated here)";

    internal static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(Name));

    private static bool IsHarmless(string text) =>
        text.Length is > 0 and <= MaxLength && !char.IsAsciiDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '|' or '*');
}
