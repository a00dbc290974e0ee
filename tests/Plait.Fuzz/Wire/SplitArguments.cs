namespace Plait.Fuzz.Wire;

/// <summary>
/// Arguments as goptlib's args.go reads them, written a second time and another way: each character is first marked as
/// escaped or not, then the text is split at separators that are not.
/// </summary>
internal static class SplitArguments
{
    /// <summary>The pairs, or null where the text is wrong.</summary>
    internal static List<(string Key, string Value)>? Read(string text, char separator)
    {
        List<(string Key, string Value)> pairs = [];
        if (text.Length == 0)
        {
            return pairs;
        }

        if (Mark(text) is not { } marked)
        {
            return null;
        }

        foreach (List<(char Character, bool Escaped)> part in Split(marked, separator))
        {
            int equals = part.FindIndex(mark => mark is ('=', false));
            if (equals <= 0)
            {
                return null;
            }

            pairs.Add((Join(part[..equals]), Join(part[(equals + 1)..])));
        }

        return pairs;
    }

    /// <summary>The options of each name, or null where the text is wrong.</summary>
    internal static List<(string Name, string Key, string Value)>? ReadOptions(string text)
    {
        List<(string Name, string Key, string Value)> options = [];
        if (text.Length == 0)
        {
            return options;
        }

        if (Mark(text) is not { } marked)
        {
            return null;
        }

        foreach (List<(char Character, bool Escaped)> part in Split(marked, ';'))
        {
            int colon = part.FindIndex(mark => mark is (':' or '=', false));
            int equals = colon <= 0 || part[colon].Character != ':' ? -1 : part.FindIndex(colon, mark => mark is ('=', false));
            if (equals <= colon + 1)
            {
                return null;
            }

            options.Add((Join(part[..colon]), Join(part[(colon + 1)..equals]), Join(part[(equals + 1)..])));
        }

        return options;
    }

    private static List<(char Character, bool Escaped)>? Mark(string text)
    {
        List<(char Character, bool Escaped)> marked = [];
        for (int i = 0; i < text.Length; i++)
        {
            bool escape = text[i] == '\\';
            if (escape && i + 1 == text.Length)
            {
                return null;
            }

            marked.Add((text[escape ? ++i : i], escape));
        }

        return marked;
    }

    private static IEnumerable<List<(char Character, bool Escaped)>> Split(
        List<(char Character, bool Escaped)> marked, char separator)
    {
        int start = 0;
        for (int end = 0; end <= marked.Count; end++)
        {
            if (end == marked.Count || marked[end] == (separator, false))
            {
                yield return marked[start..end];
                start = end + 1;
            }
        }
    }

    private static string Join(List<(char Character, bool Escaped)> part) => string.Concat(part.Select(mark => mark.Character));
}
