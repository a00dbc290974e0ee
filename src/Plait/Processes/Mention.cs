namespace Plait.Processes;

/// <summary>Finds a name in a program's words, as a whole word.</summary>
internal static class Mention
{
    /// <summary>Whether <paramref name="words"/> contain <paramref name="name"/>, followed by a character that cannot continue a file name or an option.</summary>
    /// <param name="name">A file, a path or an option; not empty.</param>
    /// <param name="words">A program's words.</param>
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
