using Plait.Wire.Addresses;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>
/// Removes what mail, web pages, lists and configuration files put around a bridge line: quotes, marks of lists, Markdown, HTML, and words
/// <c>Bridge</c> beyond the first. No part of a bridge line begins with such a character.
/// </summary>
internal sealed class BridgeLineWrapping
{
    internal const string Quotes = "\"'`\u2018\u2019\u201A\u201B\u201C\u201D\u201E\u201F\u00AB\u00BB";

    private const string Keyword = "bridge";
    private const string Marks = "-*+>|\u2022\u00B7\u2013\u2014\u25CF\u25E6\u2023";

    private readonly BridgeLineText _text;
    private int _start; // of the line without the word Bridge
    private bool _keyword, _bracketed;
    private int _quotes, _emphasis; // that stand at the front, and not yet removed at the end
    private char _mark; // of the emphasis

    private BridgeLineWrapping(BridgeLineText text) => _text = text;

    /// <summary>Removes it.</summary>
    /// <returns>The index at which the line begins, after the word <c>Bridge</c> if it has one.</returns>
    internal static int Remove(BridgeLineText text)
    {
        var wrapping = new BridgeLineWrapping(text);
        while (wrapping.RemoveAtFront() || wrapping.RemoveAtEnd())
        {
            // There may be more below it.
        }

        return wrapping._start;
    }

    private bool RemoveAtFront()
    {
        _start = _text.SkipBlanks(_start);
        if (_start == _text.Length)
        {
            return false;
        }

        char first = _text[_start];
        return Quotes.Contains(first, StringComparison.Ordinal) ? Quote(first)
            : first is '<' && TagAt(_start) is > 0 and var tag ? Take(tag, BridgeLineFault.Markup, first)
            : first is '[' ? Bracket()
            : first is '(' && _text[_text.End() - 1] is ')' ? Drop(1) && Take(1, BridgeLineFault.Punctuation, first)
            : Emphasis(first) || Mark(first) || Number() || KeywordAt();
    }

    private bool RemoveAtEnd()
    {
        int end = _text.End();
        if (end <= _start)
        {
            return false;
        }

        char last = _text[end - 1];
        return (_quotes > 0 && Quotes.Contains(last, StringComparison.Ordinal) && Drop(Closing(end, last, ref _quotes)))
            || (_quotes > 0 && last is ',' or ';' && end - 2 > _start && (Quotes + "]").Contains(_text[end - 2], StringComparison.Ordinal) && Drop(1))
            || (_bracketed && last is ']' && Drop(1))
            || (_bracketed && last is ')' && LinkBefore(end) is > 0 and var link && Drop(link))
            || (_emphasis > 0 && last == _mark && Drop(Closing(end, last, ref _emphasis)))
            || (last is '>' && TagBefore(end) is > 0 and var tag && Report(end - tag, BridgeLineFault.Markup, '<') && Drop(tag));
    }

    private bool Quote(char quote)
    {
        int run = RunAt(_start, quote);
        _quotes += run;
        return Take(run, BridgeLineFault.QuotesAround, quote);
    }

    /// <summary>A list of JSON or Python, or the text of a link; not an IPv6 address.</summary>
    private bool Bracket()
    {
        int next = _text.SkipBlanks(_start + 1);
        int close = _start;
        while (close < _text.Length && _text[close] != ']')
        {
            close++;
        }

        if (next == _text.Length || (close < _text.Length && AddressText.TryParseAddress(_text.Part(_start, close + 1), out _)))
        {
            return false;
        }

        int end = _text.End();
        bool list = Quotes.Contains(_text[next], StringComparison.Ordinal);
        if (!list && _text[end - 1] != ']' && LinkBefore(end) == 0)
        {
            return false;
        }

        _bracketed = true;
        return Take(1, list ? BridgeLineFault.ListMark : BridgeLineFault.Markup, '[');
    }

    /// <summary>Markdown's emphasis: <c>**</c> at both ends, or <c>*</c>.</summary>
    private bool Emphasis(char first)
    {
        int run = RunAt(_start, first);
        int after = _start + run;
        if (first is not ('*' or '_') || run > 3 || after >= _text.Length || _text[after] is ' ' or '\t' || _text[_text.End() - 1] != first
            || (first is '_' && run == 1))
        {
            return false;
        }

        (_emphasis, _mark) = (run, first);
        return Take(run, BridgeLineFault.Markup, first);
    }

    /// <summary>The mark of an item or of quoted mail. A blank follows it, except after &gt;.</summary>
    private bool Mark(char first) =>
        Marks.Contains(first, StringComparison.Ordinal) && (first is '>' || (_start + 1 < _text.Length && _text[_start + 1] is ' ' or '\t'))
        && Take(1, BridgeLineFault.ListMark, first);

    /// <summary>The number of an item: <c>1.</c> or <c>1)</c>, then a blank.</summary>
    private bool Number()
    {
        int at = _start;
        while (at < _text.Length && at - _start < 4 && char.IsAsciiDigit(_text[at]))
        {
            at++;
        }

        return at > _start && at + 1 < _text.Length && _text[at] is '.' or ')' && _text[at + 1] is ' ' or '\t'
            && Take(at + 1 - _start, BridgeLineFault.ListMark, _text[at]);
    }

    /// <summary>The word <c>Bridge</c>, with quotes and a colon after it as configuration files have it. A second one is removed.</summary>
    private bool KeywordAt()
    {
        int end = _start + Keyword.Length;
        if (!_text.StandsAt(_start, Keyword, ignoreCase: true))
        {
            return false;
        }

        int mark = end;
        while (_quotes > 0 && mark < _text.Length && Quotes.Contains(_text[mark], StringComparison.Ordinal))
        {
            mark++;
        }

        int colon = _text.SkipBlanks(mark);
        bool marked = colon < _text.Length && _text[colon] is ':' or '=' && !_text.StandsAt(colon, "://");
        if (!marked && (mark > end || (end < _text.Length && !(_text[end] is ' ' or '\t'))))
        {
            return false;
        }

        if (_keyword && !marked)
        {
            return Repeated(end);
        }

        if (marked)
        {
            _text.Report(colon, BridgeLineFault.KeywordMark, _text[colon]);
            _text.Remove(end, colon + 1 - end);
            if (end < _text.Length && _text[end] is not (' ' or '\t'))
            {
                _text.Replace(end, 1, $" {_text[end]}");
            }
        }

        if (!_keyword)
        {
            _keyword = true;
            _start = end;
            return true;
        }

        return marked;
    }

    /// <summary>A second word <c>Bridge</c> is the name of a transport if an address follows it.</summary>
    private bool Repeated(int end)
    {
        if (_text.Words(end) is not [var next, ..] || !TransportName.IsValid(next.Text))
        {
            return false;
        }

        _text.Report(_start, BridgeLineFault.RepeatedWord);
        _text.Remove(_start, _text.SkipBlanks(end) - _start);
        return true;
    }

    private bool Take(int count, BridgeLineFault fault, int character)
    {
        _text.Report(_start, fault, character);
        _text.Remove(_start, count);
        return true;
    }

    private bool Drop(int count)
    {
        _text.Remove(_text.End() - count, count);
        return true;
    }

    private bool Report(int index, BridgeLineFault fault, int character)
    {
        _text.Report(index, fault, character);
        return true;
    }

    private int RunAt(int start, char character)
    {
        int end = start;
        while (end < _text.Length && _text[end] == character)
        {
            end++;
        }

        return end - start;
    }

    /// <summary>How many of the same characters at the end close those at the front: what stands before them may belong to a value.</summary>
    private int Closing(int end, char character, ref int open)
    {
        int start = end;
        while (start > _start && end - start < open && _text[start - 1] == character)
        {
            start--;
        }

        open -= end - start;
        return end - start;
    }

    /// <summary>The length of an HTML tag at an index; 0 if there is none.</summary>
    private int TagAt(int start)
    {
        int close = start + 1;
        while (close < _text.Length && _text[close] is not ('>' or '<'))
        {
            close++;
        }

        return close < _text.Length && _text[close] == '>' && MarkupText.IsTag(_text.Part(start + 1, close)) ? close + 1 - start : 0;
    }

    /// <summary>The length of a closing tag, or of a line break, before an index; 0 if there is none.</summary>
    private int TagBefore(int end)
    {
        int open = end - 2;
        while (open >= _start && _text[open] is not ('<' or '>'))
        {
            open--;
        }

        string inner = open >= _start && _text[open] == '<' ? _text.Part(open + 1, end - 1) : "";
        return inner.StartsWith('/') || inner.StartsWith("br", StringComparison.OrdinalIgnoreCase) ? MarkupText.IsTag(inner) ? end - open : 0 : 0;
    }

    /// <summary>The length of <c>](TARGET)</c> before an index; 0 if there is none.</summary>
    private int LinkBefore(int end)
    {
        int open = end - 2;
        while (open > _start && _text[open] is not ('(' or ' ' or '\t'))
        {
            open--;
        }

        return open > _start && _text[end - 1] == ')' && _text[open] == '(' && _text[open - 1] == ']' ? end - open + 1 : 0;
    }
}
