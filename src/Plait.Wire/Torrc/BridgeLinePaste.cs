using System.Globalization;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>A bridge line in a longer text.</summary>
/// <param name="Number">The number of its first line in the text, from 1.</param>
/// <param name="Text">The line, with the line ends that cut it, and with blanks in the place of text before it. A secret (G5).</param>
public sealed record PastedBridgeLine(int Number, string Text)
{
    /// <summary>Its place: what it holds is a secret (G5).</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"line {Number}");
}

/// <summary>
/// Finds bridge lines in what people paste: a whole mail, a page, a configuration file, the list of a QR code. A line begins with the word
/// <c>Bridge</c>, the name of a transport or an address, and goes on over line ends as long as it becomes a better bridge line by that.
/// </summary>
public static class BridgeLinePaste
{
    private const int MaxPieces = 4; // lines that one bridge line was cut into, at one place
    private const string Keyword = "Bridge";
    private const string Decoration = "\"'`\u2018\u2019\u201C\u201D*_()[]{}<>,;";

    /// <summary>Finds them.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The bridge lines in their order. A text of one line is one, whatever it is; empty if a longer text has none.</returns>
    public static IReadOnlyList<PastedBridgeLine> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (ListOf(text) is { } list)
        {
            return list;
        }

        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        var found = new List<PastedBridgeLine>();
        for (int number = 0; number < lines.Length; number++)
        {
            List<int> starts = StartsIn(lines[number]);
            for (int i = 0; i < starts.Count; i++)
            {
                int end = i + 1 < starts.Count ? starts[i + 1] : lines[number].Length;
                found.Add(new(number + 1, new string(' ', starts[i]) + lines[number][starts[i]..end]));
            }

            if (starts.Count > 0)
            {
                number += Continue(found, lines, number);
            }
        }

        int[] written = [.. lines.Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)).Select(line => line.Index)];
        return found.Count == 0 && written is [var only] ? [new(only + 1, lines[only])] : found;
    }

    /// <summary>Adds the lines that go on with the last bridge line.</summary>
    /// <returns>How many were added.</returns>
    private static int Continue(List<PastedBridgeLine> found, string[] lines, int number)
    {
        PastedBridgeLine last = found[^1];
        int refusals = Refusals(last.Text);
        int taken = 0;
        for (int pieces = 1; pieces <= MaxPieces && number + taken + pieces < lines.Length; pieces++)
        {
            string next = lines[number + taken + pieces];
            if (string.IsNullOrWhiteSpace(next) || next.TrimStart().StartsWith('#') || StartsIn(next).Count > 0 && refusals == 0)
            {
                break;
            }

            string joined = string.Join('\n', [last.Text, .. lines[(number + taken + 1)..(number + taken + pieces + 1)]]);
            int then = Refusals(joined);
            if (then == 0 || then < refusals)
            {
                (last, refusals, taken, pieces) = (last with { Text = joined }, then, taken + pieces, 0);
            }
        }

        found[^1] = last;
        return taken;
    }

    private static int Refusals(string line) =>
        BridgeLineReader.Read(line).Findings.Count(finding => !finding.IsCorrected && finding.Fault >= BridgeLineFault.NameWrong);

    /// <summary>Where bridge lines begin in a line.</summary>
    private static List<int> StartsIn(string line)
    {
        List<(string Word, int Start)> words = WordsOf(WithoutTags(line.Replace("&nbsp;", "      ", StringComparison.OrdinalIgnoreCase)));
        var starts = new List<int>();
        if (line.TrimStart().StartsWith('#'))
        {
            return starts;
        }

        bool first = true; // only marks before it
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i].Word;
            string? next = i + 1 < words.Count ? words[i + 1].Word : null;
            string? afterNext = i + 2 < words.Count ? words[i + 2].Word : null;
            int taken = IsKeyword(word) && next is not null && (IsChain(next) || IsAddress(next) || (afterNext is not null && TransportName.IsValid(next) && IsAddress(afterNext)))
                    ? IsAddress(next) ? 2 : 3
                : IsKeyword(word) && first && next is not null && IsKeyword(next) ? 1
                : IsChain(word) && (first || (next is not null && IsAddress(next))) ? 2
                : first && TransportName.IsValid(word) && next is not null && IsAddress(next) ? 2
                : first && (IsAddress(word) || IsUrl(word)) ? 1
                : 0;
            if (taken > 0 && !(starts.Count > 0 && words[..i].Count > 0 && IsKeyword(words[i - 1].Word)))
            {
                starts.Add(first ? 0 : words[i].Start);
                i += taken - 1;
            }

            first &= word.Length == 0 || (word.EndsWith('.') && word[..^1].All(char.IsAsciiDigit)) || word is "-" or "+" or "\u2022" or "|";
        }

        return starts;
    }

    /// <summary>The line with blanks in the place of HTML's tags.</summary>
    private static string WithoutTags(string line)
    {
        char[] text = line.ToCharArray();
        for (int open = line.IndexOf('<', StringComparison.Ordinal); open >= 0; open = line.IndexOf('<', open + 1))
        {
            int close = line.IndexOf('>', open);
            if (close > open && MarkupText.IsTag(line[(open + 1)..close]))
            {
                Array.Fill(text, ' ', open, close + 1 - open);
            }
        }

        return new(text);
    }

    private static List<(string Word, int Start)> WordsOf(string line)
    {
        var words = new List<(string, int)>();
        for (int at = 0; at < line.Length;)
        {
            int end = at;
            while (end < line.Length && !char.IsWhiteSpace(line[end]))
            {
                end++;
            }

            if (end > at)
            {
                words.Add((Plain(line[at..end]), at));
            }

            at = end + 1;
        }

        return words;
    }

    /// <summary>A word without marks around it and without wide and unseen characters: only to see what it is.</summary>
    private static string Plain(string word) => string.Concat(
        MarkupText.WithoutScheme(MarkupText.WithoutLink(word)).EnumerateRunes()
            .Where(rune => Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
            .Select(rune => rune.Value is > 0xFF00 and < 0xFF5F ? new Rune(rune.Value - 0xFEE0) : rune)).Trim([.. Decoration]);

    private static bool IsKeyword(string word) => word.TrimEnd(':', '=', '"', '\'').Equals(Keyword, StringComparison.OrdinalIgnoreCase);

    private static bool IsChain(string word) => KnownTransports.ChainOf(
        MarkupText.WithoutEscapes(word).ToLowerInvariant().Replace('|', '_').TrimEnd(':')) is not null;

    private static bool IsAddress(string word)
    {
        string address = MarkupText.WithoutEscapes(word).TrimEnd('.', '/', ':');
        int colon = address.LastIndexOf(':');
        string host = (colon < 0 ? address : address[..colon]).Trim('[', ']');
        return AddressText.TryParseAddress(address, out _) || AddressText.TryParseAddress(host, out _);
    }

    private static bool IsUrl(string word) => (word.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme && IsChain(word[..scheme]))
        || (word.Contains("%20", StringComparison.Ordinal) && word.Contains("%3", StringComparison.Ordinal));

    /// <summary>The strings of a list as JSON and Python write it, which QR codes of bridges hold; null if it is none.</summary>
    private static List<PastedBridgeLine>? ListOf(string text)
    {
        string trimmed = text.Trim();
        if (trimmed is not ['[', .., ']'] || trimmed[1..].TrimStart() is not ['"' or '\'', ..])
        {
            return null;
        }

        var found = new List<PastedBridgeLine>();
        int number = 1 + text[..text.IndexOf('[', StringComparison.Ordinal)].Count(letter => letter == '\n');
        var inside = new StringBuilder();
        char quote = '\0';
        for (int i = 1; i < trimmed.Length - 1; i++)
        {
            char letter = trimmed[i];
            number += letter == '\n' ? 1 : 0;
            if (quote == '\0')
            {
                if (letter is '"' or '\'')
                {
                    quote = letter;
                }
                else if (letter is not (',' or ' ' or '\t' or '\r' or '\n'))
                {
                    return null;
                }
            }
            else if (letter == quote)
            {
                found.Add(new(number, inside.ToString()));
                inside.Clear();
                quote = '\0';
            }
            else if (letter == '\\' && i + 1 < trimmed.Length - 1 && trimmed[i + 1] is '"' or '\'' or '\\' or '/')
            {
                inside.Append(trimmed[++i]);
            }
            else
            {
                inside.Append(letter);
            }
        }

        return quote == '\0' ? found : null;
    }
}
