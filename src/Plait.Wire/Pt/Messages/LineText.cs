namespace Plait.Wire.Pt.Messages;

/// <summary>Makes any text safe to stand in a line for tor (M2, M47).</summary>
internal static class LineText
{
    /// <summary>
    /// The text in printable ASCII, without blanks at its ends: control characters become blanks, all others question marks.
    /// </summary>
    internal static string Clean(string text) => string.Create(text.Length, text, static (clean, text) =>
    {
        for (int i = 0; i < clean.Length; i++)
        {
            clean[i] = text[i] switch
            {
                >= ' ' and <= '~' => text[i],
                < ' ' => ' ',
                _ => '?',
            };
        }
    }).Trim(' ');

    /// <summary>As <see cref="Clean"/>, with replacements for the characters that have a meaning between double quotes (M47).</summary>
    internal static string CleanQuoted(string text) => Clean(text).Replace('"', '\'').Replace('\\', '/');

    /// <summary>As <see cref="Clean"/>, in one word: inner blanks become underscores.</summary>
    internal static string Word(string text) => Clean(text).Replace(' ', '_').Replace('"', '\'');

    /// <summary>Whether the text can be written as one word, unchanged. True for the empty text.</summary>
    internal static bool IsWord(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('!', '~');

    /// <summary>A keyword and its cleaned text, with no blank at the end (M2).</summary>
    internal static string Join(string keyword, string text) => $"{keyword} {Clean(text)}".TrimEnd(' ');
}
