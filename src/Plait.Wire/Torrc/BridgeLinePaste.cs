using System.Globalization;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>
/// Finds bridge lines in what people paste: a whole mail, a page, a configuration file, JSON, the list of a QR code. A line begins with the word
/// <c>Bridge</c>, the name of a transport or an address. It goes on over line ends as long as it lacks something that the next lines have, or as
/// they hold nothing but arguments that its transport takes.
/// </summary>
public static class BridgeLinePaste
{
    /// <summary>The most bridge lines that are read from one text (G6): <see cref="Read"/> stops at the first beyond them.</summary>
    public const int MaxLines = 250;

    private const int MaxPieces = 4; // lines that one bridge line was cut into, at one place
    private const int MaxTag = 1024; // characters of a tag of HTML with its attributes
    private const string Keyword = "Bridge";
    private const string Decoration = "\"'`\u2018\u2019\u201C\u201D*_()[]{}<>,;";

    /// <summary>Finds them.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>
    /// The bridge lines in their order, <see cref="MaxLines"/> and one at most. A text of one line is one, whatever it is; empty if a longer text has none.
    /// Lines that are comments are only found where there are no others.
    /// </returns>
    public static IReadOnlyList<PastedBridgeLine> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (QuotedStrings.Read(text) is { } strings)
        {
            // A string of one word, such as the name of a transport, is another field.
            List<PastedBridgeLine> quoted = [.. strings.Where(each => each.Text.AsSpan().Trim().ContainsAny(" \t\u00A0")).SelectMany(each => Find(Lines(each.Text)).Select(line => line with { Number = each.Line })).Take(MaxLines + 1)];
            if (quoted.Count > 0)
            {
                return quoted;
            }
        }

        string[] lines = Lines(text);
        List<PastedBridgeLine> found = Find(lines);
        int[] written = [.. lines.Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)).Select(line => line.Index)];
        return found.Count > 0 ? found
            : written is [var only] ? [new(only + 1, lines[only])]
            : [.. written.Where(index => IsComment(lines[index]) && StartsIn(lines[index].TrimStart().TrimStart('#')).Count > 0)
                .Select(index => new PastedBridgeLine(index + 1, lines[index])).Take(MaxLines + 1)];
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n');

    private static List<PastedBridgeLine> Find(string[] lines)
    {
        var found = new List<PastedBridgeLine>();
        for (int number = 0; number < lines.Length && found.Count <= MaxLines; number++)
        {
            List<int> starts = StartsIn(lines[number]);
            for (int i = 0; i < starts.Count && found.Count <= MaxLines; i++)
            {
                int end = i + 1 < starts.Count ? starts[i + 1] : lines[number].Length;
                found.Add(new(number + 1, new string(' ', starts[i]) + lines[number][starts[i]..end]));
            }

            if (starts.Count > 0)
            {
                number += Continue(found, lines, number);
            }
        }

        return found;
    }

    /// <summary>Adds the lines that go on with the last bridge line.</summary>
    /// <returns>How many were added.</returns>
    private static int Continue(List<PastedBridgeLine> found, string[] lines, int number)
    {
        PastedBridgeLine last = found[^1];
        BridgeLineReading reading = Reading(last.Text);
        int taken = 0;
        for (int pieces = 1; pieces <= MaxPieces && number + taken + pieces < lines.Length; pieces++)
        {
            string next = lines[number + taken + pieces];
            bool complete = reading.Verdict != BridgeLineVerdict.Bad;
            if (string.IsNullOrWhiteSpace(next) || next.Length > BridgeLineReader.MaxLength || IsComment(next) || (complete && StartsIn(next).Count > 0))
            {
                break;
            }

            string[] tail = lines[(number + taken + 1)..(number + taken + pieces + 1)];
            string joined = string.Join('\n', [last.Text, .. tail]);
            BridgeLineReading then = Reading(joined);
            if (complete ? BridgeLineRest.IsOf(reading, next) && then.Verdict != BridgeLineVerdict.Bad
                : Mistakes(then) < Mistakes(reading) && BridgeLineRest.MayBeOf(then, tail))
            {
                (last, reading, taken, pieces) = (last with { Text = joined }, then, taken + pieces, 0);
            }
            else if (complete)
            {
                last = last with { IsCut = BridgeLineRest.IsLostBy(reading, WithoutTags(next)) };
                break;
            }
        }

        found[^1] = last;
        return taken;
    }

    private static BridgeLineReading Reading(string line) => BridgeLineReader.Read(line, BridgeLineChain.Known);

    private static int Mistakes(BridgeLineReading reading) => reading.Findings.Count(finding => !finding.IsCorrected);

    private static bool IsComment(string line) => line.TrimStart().StartsWith('#');

    /// <summary>Where bridge lines begin in a line.</summary>
    private static List<int> StartsIn(string line)
    {
        var starts = new List<int>();
        if (line.Length > BridgeLineReader.MaxLength || IsComment(line))
        {
            return starts;
        }

        List<(string Word, int Start)> words = WordsOf(WithoutTags(line.Replace("&nbsp;", "      ", StringComparison.OrdinalIgnoreCase)));
        bool first = true; // only marks before it
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i].Word;
            string? next = i + 1 < words.Count ? words[i + 1].Word : null;
            string? afterNext = i + 2 < words.Count ? words[i + 2].Word : null;
            int taken = IsKeyword(word) && next is not null && ((IsChain(next) && IsNoSentence(i + 1)) || IsAddress(next) || (afterNext is not null && TransportName.IsValid(next) && IsAddress(afterNext)))
                    ? IsAddress(next) ? 2 : 3
                : IsKeyword(word) && first && next is not null && IsKeyword(next) ? 1
                : IsChain(word) && ((first && IsNoSentence(i)) || (next is not null && IsAddress(next))) ? 2
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

        // "obfs4 is the most common transport": the name of a chain alone, or something after it that no sentence has.
        bool IsNoSentence(int chain) => chain + 1 == words.Count || words[chain + 1].Word.Contains(':', StringComparison.Ordinal)
            || words.Skip(chain + 1).Any(word => word.Word.Contains('=', StringComparison.Ordinal) || IsAddress(word.Word)
                || BridgeLineTarget.IsFingerprint(word.Word));
    }

    /// <summary>The line with blanks in the place of HTML's tags.</summary>
    private static string WithoutTags(string line)
    {
        char[] text = line.ToCharArray();
        for (int open = line.IndexOf('<', StringComparison.Ordinal); open >= 0; open = line.IndexOf('<', open + 1))
        {
            int length = line.AsSpan(open + 1, Math.Min(MaxTag, line.Length - open - 1)).IndexOfAny('<', '>');
            if (length > 0 && line[open + 1 + length] == '>' && MarkupText.IsTag(line.Substring(open + 1, length)))
            {
                Array.Fill(text, ' ', open, length + 2);
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
}
