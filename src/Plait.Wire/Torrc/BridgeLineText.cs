using System.Text;

namespace Plait.Wire.Torrc;

/// <summary>A bridge line's characters, mended where that is safe; each still knows its column in the line as it was written.</summary>
internal sealed class BridgeLineText
{
    private static readonly string[] s_quotes = ["\"\"", "''", "``", "\u201C\u201D", "\u201E\u201C", "\u2018\u2019", "\u00AB\u00BB"];

    private readonly StringBuilder _text = new();
    private readonly List<int> _columns = []; // of each UTF-16 unit
    private readonly List<BridgeLineFinding> _findings;
    private int _start;

    private BridgeLineText(List<BridgeLineFinding> findings) => _findings = findings;

    /// <summary>Takes a line in.</summary>
    /// <param name="line">As it was written. tor leaves blanks and line ends at its end out, and so does this.</param>
    /// <param name="findings">Gets what is wrong with single characters.</param>
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

    /// <summary>The words, and the column behind the last.</summary>
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

    /// <summary>Leaves out quotes around what is left; a quote at the start alone, too: nothing of a bridge line begins with one.</summary>
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

    /// <summary>Leaves out a word, if it is the next, in any case.</summary>
    /// <returns>Whether it was.</returns>
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
        0xFFFD => BridgeLineFault.NotUtf8, // in the place of what could not be decoded
        '#' => BridgeLineFault.CommentMark,
        _ when Rune.IsWhiteSpace(rune) => BridgeLineFault.ForeignBlank,
        _ when Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.Format => BridgeLineFault.Invisible,
        _ when Rune.IsControl(rune) => BridgeLineFault.ControlCharacter,
        _ => null,
    };
}

/// <summary>A word of a bridge line.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Columns">Of each of its UTF-16 units, in the line as it was written.</param>
internal sealed record BridgeLineWord(string Text, List<int> Columns)
{
    /// <summary>Where it begins.</summary>
    internal int Column => Columns[0];
}
