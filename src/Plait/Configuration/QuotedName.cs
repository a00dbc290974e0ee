namespace Plait.Configuration;

/// <summary>Quotes a word of the file in a message if it looks like a name.</summary>
/// <remarks>
/// A user may have put an address, an argument or half a certificate where a name belongs, and messages go to logs (G5). Only a word that
/// looks like a name or a chain is repeated.
/// </remarks>
[ProgramSeam]
internal static class QuotedName
{
    // Long enough for any chain that a person writes, short enough for a line of a log.
    private const int MaxLength = 60;

    internal static string Name(string text) => IsHarmless(text) ? $"\"{text}\"" : "(not repeated here)";

    internal static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(Name));

    private static bool IsHarmless(string text) =>
        text.Length is > 0 and <= MaxLength && !char.IsAsciiDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '|' or '*');
}
