namespace Plait.Processes;

/// <summary>Whether a program's words name something: as a word of its own, not as a part of a longer one.</summary>
internal static class Mention
{
    /// <summary>Whether <paramref name="name"/> stands in <paramref name="words"/>, up to a character that a file name or an option would not go on with.</summary>
    /// <param name="name">A file, a path or an option; not empty.</param>
    /// <param name="words">What a program says.</param>
    internal static bool Of(string name, string words)
    {
        for (int at = words.IndexOf(name, StringComparison.Ordinal); at >= 0; at = words.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            string before = words[..at], after = words[(at + name.Length)..];
            if (!(before is [.., var last] && GoesOn(last)) && !(after is [var next, ..] && GoesOn(next)) && !(after is ['.', var extension, ..] && GoesOn(extension)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool GoesOn(char character) => char.IsLetterOrDigit(character) || character is '_' or '-';
}
