using Plait.Processes;

namespace Plait.Cli;

/// <summary>A colour for a word that has to be found at a glance.</summary>
internal enum Colour
{
    /// <summary>Something is wrong.</summary>
    Red = 31,

    /// <summary>All is well.</summary>
    Green = 32,

    /// <summary>Something is worth knowing.</summary>
    Yellow = 33,
}

/// <summary>
/// Text for a person. On a terminal lines are wrapped at words, and a few words have a colour. In a pipe or a file nothing is wrapped, so
/// that a line of it is a whole sentence for programs, and nothing has a colour.
/// </summary>
/// <param name="writer">Where it goes.</param>
/// <param name="width">Columns of the terminal; null if it is none.</param>
/// <param name="hasColours">Whether it may have colours.</param>
internal sealed class Screen(TextWriter writer, int? width, bool hasColours)
{
    // Narrower, each line would hold a word or two.
    private const int NarrowestText = 20;
    private const int UsualWidth = 80;

    /// <summary>What stands at a writer: the terminal, if it is stdout or stderr and one of them is there.</summary>
    internal static Screen Of(TextWriter writer)
    {
        bool terminal = (writer == Console.Out && !Console.IsOutputRedirected) || (writer == Console.Error && !Console.IsErrorRedirected);
        return new(
            writer, terminal ? WindowWidth : null,
            terminal && OwnEnvironment.Value("NO_COLOR") is null && OwnEnvironment.Value("TERM") is not (null or "dumb")); // no-color.org
    }

    /// <summary>How wide help may be: as the terminal, and 80 columns where there is none.</summary>
    internal static int HelpWidth => Console.IsOutputRedirected ? UsualWidth : WindowWidth;

    private static int WindowWidth
    {
        get
        {
            try
            {
                return Console.WindowWidth is > 0 and var columns ? columns : UsualWidth;
            }
            catch (IOException)
            {
                return UsualWidth;
            }
        }
    }

    /// <summary>Whether a person looks at it.</summary>
    internal bool IsTerminal => width is not null;

    /// <summary>A line, or an empty one.</summary>
    /// <param name="text">The line.</param>
    /// <param name="hanging">Where its further lines begin, if it is wrapped.</param>
    internal void Line(string text = "", int hanging = 0) => Write(text, hanging, null, 0);

    /// <summary>A line that begins with a word in a colour.</summary>
    internal void Line(Colour colour, string word, string text) => Write($"{word} {text}", hanging: 2, colour, word.Length);

    /// <summary>A line of a table: all cells but the last are padded, and the last is wrapped within its column.</summary>
    /// <param name="widths">Of all cells but the last.</param>
    /// <param name="cells">What stands in them.</param>
    internal void Row(IReadOnlyList<int> widths, params IReadOnlyList<string> cells)
    {
        string left = "  " + string.Concat(widths.Zip(cells, (padded, cell) => cell.PadRight(padded) + "  "));
        if (width - left.Length < NarrowestText)
        {
            writer.WriteLine(left.TrimEnd());
            Write(new string(' ', 7) + cells[^1], 7, null, 0);
        }
        else
        {
            Write((left + cells[^1]).TrimEnd(), left.Length, null, 0);
        }
    }

    private void Write(string text, int hanging, Colour? colour, int coloured)
    {
        string rest = text;
        string indent = "";
        do
        {
            int end = EndOf(rest, (width ?? int.MaxValue) - indent.Length);
            string line = indent + rest[..end].TrimEnd();
            writer.WriteLine(colour is { } code && hasColours ? $"\u001B[{(int)code}m{line[..coloured]}\u001B[0m{line[coloured..]}" : line);
            rest = rest[end..].TrimStart();
            indent = new(' ', hanging);
            colour = null;
        }
        while (rest.Length > 0);
    }

    /// <summary>Where a line ends: after the last blank within the width, else after the first word.</summary>
    private static int EndOf(string text, int room)
    {
        if (text.Length <= room)
        {
            return text.Length;
        }

        int words = text.Length - text.AsSpan().TrimStart().Length;
        int blank = room > words ? text.LastIndexOf(' ', room, room - words + 1) : -1;
        int next = blank > words ? blank : text.IndexOf(' ', words);
        return next < 0 ? text.Length : next;
    }
}
