namespace Plait.Configuration;

/// <summary>Cuts a text into lines of words, as torrc: handles comments, blank lines and continued lines.</summary>
internal static class LineReader
{
    private const char ByteOrderMark = '\uFEFF';

    internal static IEnumerable<ConfigurationLine> Read(string text, string fileName, Problems problems)
    {
        WordSplitter? splitter = null; // of the line that is being continued
        var at = new SourceLine(fileName, 1);
        int number = 0;
        foreach (string physical in text.TrimStart(ByteOrderMark).Split('\n'))
        {
            number++;
            string content = physical.EndsWith('\r') ? physical[..^1] : physical;
            if (splitter is null)
            {
                splitter = new();
                at = new(fileName, number);
            }
            else if (content.AsSpan().TrimStart().StartsWith('#'))
            {
                continue; // tor's manual: comments may stand between the lines of a continued one
            }

            bool backslash = content.EndsWith('\\');
            splitter.Append(backslash ? content.AsSpan(0, content.Length - 1) : content);
            if (backslash && !splitter.InComment)
            {
                continue;
            }

            if (Finish(splitter, at, problems) is { } line)
            {
                yield return line;
            }

            splitter = null;
        }

        if (splitter is not null && Finish(splitter, at, problems) is { } last)
        {
            yield return last;
        }
    }

    private static ConfigurationLine? Finish(WordSplitter splitter, SourceLine at, Problems problems)
    {
        bool open = splitter.InQuotes;
        List<string> words = splitter.End();
        if (open)
        {
            problems.Report(
                at,
                "A quote is opened and not closed",
                @"Close it in the same line; inside double quotes write \"" for a quote and \\ for a backslash.");
            return null;
        }

        if (words.Exists(word => word.Any(c => char.IsControl(c) && c != '\t')))
        {
            problems.Report(at, "The line has a control character in it", "Type the line anew.");
            return null;
        }

        return words.Count == 0 ? null : new(at, words[0], words.GetRange(1, words.Count - 1));
    }
}
