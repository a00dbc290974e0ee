using System.Text;

namespace Plait.Wire.Torrc;

/// <summary>The characters of a bridge line after safe corrections. Each has its column in the line as written.</summary>
internal sealed class BridgeLineText
{
    private static readonly string[] s_quotes = ["\"\"", "''", "``", "\u201C\u201D", "\u201E\u201C", "\u2018\u2019", "\u00AB\u00BB"];

    private readonly StringBuilder _text = new();
    private readonly List<int> _columns = []; // of each UTF-16 unit
    private readonly List<BridgeLineFinding> _findings;
    private int _start;

    private BridgeLineText(List<BridgeLineFinding> findings) => _findings = findings;

    /// <summary>Corrects the single characters of a line.</summary>
    /// <param name="line">The line as written. Blanks and line ends at its end are ignored, as tor ignores them.</param>
    /// <param name="findings">Receives the wrong characters, and later the quotes around the line.</param>
    internal static BridgeLineText Of(string line, List<BridgeLineFinding> findings)
    {
        var text = new BridgeLineText(findings);
        int column = 0;
        foreach (Rune rune in line.AsSpan().TrimEnd(" \t\r\n").EnumerateRunes())
        {
            text.Take(rune, ++column);
        }

        return text;
    }

    /// <summary>The words, and the column after the last one.</summary>
    internal (List<BridgeLineWord> Words, int End) Words()
    {
        var words = new List<BridgeLineWord>();
        int? begun = null;
        for (int i = _start; i <= _text.Length; i++)
        {
            bool blank = i == _text.Length || _text[i] is ' ' or '\t';
            if (blank && begun is { } first)
            {
                words.Add(new(_text.ToString(first, i - first), _columns.GetRange(first, i - first)));
                begun = null;
            }
            else if (!blank)
            {
                begun ??= i;
            }
        }

        return (words, _columns is [.., var last] ? last + 1 : 1);
    }

    /// <summary>Removes quotes around the rest of the line, or a quote at its start alone: no part of a bridge line begins with a quote.</summary>
    internal void RemoveQuotes()
    {
        SkipBlanks();
        if (_start == _text.Length || Array.Find(s_quotes, pair => pair[0] == _text[_start]) is not { } quotes)
        {
            return;
        }

        _findings.Add(new(_columns[_start], BridgeLineFault.QuotesAround));
        _start++;
        if (_text.Length > _start && _text[^1] == quotes[1])
        {
            _text.Length--;
            _columns.RemoveAt(_columns.Count - 1);
        }
    }

    /// <summary>Skips the next word if it is <paramref name="word"/>, in any case.</summary>
    internal bool Skip(string word)
    {
        SkipBlanks();
        int end = _start + word.Length;
        bool there = end <= _text.Length && (end == _text.Length || _text[end] is ' ' or '\t')
            && _text.ToString(_start, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase);
        _start = there ? end : _start;
        return there;
    }

    private void SkipBlanks()
    {
        while (_start < _text.Length && _text[_start] is ' ' or '\t')
        {
            _start++;
        }
    }

    private void Take(Rune rune, int column)
    {
        if (FaultOf(rune) is { } fault)
        {
            _findings.Add(new(column, fault, rune.Value));
            if (fault is BridgeLineFault.Invisible)
            {
                return;
            }

            rune = fault is BridgeLineFault.ForeignBlank or BridgeLineFault.LineBreak ? new Rune(' ') : rune;
        }

        _text.Append(rune.ToString());
        _columns.AddRange(Enumerable.Repeat(column, rune.Utf16SequenceLength));
    }

    private static BridgeLineFault? FaultOf(Rune rune) => rune.Value switch
    {
        ' ' or '\t' => null,
        '\r' or '\n' or 0x85 or 0x2028 or 0x2029 => BridgeLineFault.LineBreak,
        >= 0x2010 and <= 0x2015 or 0x2212 => BridgeLineFault.ForeignDash,
        0xFFFD => BridgeLineFault.NotUtf8, // the decoder writes it for wrong bytes
        '#' => BridgeLineFault.CommentMark,
        _ when Rune.IsWhiteSpace(rune) => BridgeLineFault.ForeignBlank,
        _ when Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format => BridgeLineFault.Invisible,
        _ when Rune.IsControl(rune) => BridgeLineFault.ControlCharacter,
        _ => null,
    };
}

/// <summary>A word of a bridge line.</summary>
/// <param name="Text">The word after corrections.</param>
/// <param name="Columns">The column of each of its UTF-16 units in the line as written.</param>
internal sealed record BridgeLineWord(string Text, List<int> Columns)
{
    internal int Column => Columns[0];
}
