using System.Text;

namespace Plait.Wire.Torrc;

/// <summary>What is wrong with the form of a torrc line.</summary>
public enum TorrcFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The value begins with a quote and has no other. tor refuses the file.</summary>
    QuoteOpen,

    /// <summary>A backslash in a value in quotes is not the start of an escape that tor knows. tor refuses the file.</summary>
    WrongEscape,

    /// <summary>Something stands after a value in quotes. tor refuses the file.</summary>
    BehindQuotes,

    /// <summary>A backslash stands before CR LF, where it does not continue the line.</summary>
    CarriageReturn,
}

/// <summary>An option of a torrc as tor reads it.</summary>
/// <param name="Number">The line on which it begins, counted from 1.</param>
/// <param name="Keyword">Its name as written, without a <c>+</c> or <c>/</c> in front. tor takes any case.</param>
/// <param name="Value">Its value: comments gone, continued lines joined; if the whole value stands in quotes, what is in them.</param>
/// <param name="Fault">What is wrong with its form.</param>
public sealed record TorrcLine(int Number, string Keyword, string Value, TorrcFault Fault)
{
    /// <summary>The value's words: blanks separate, nothing groups (N10).</summary>
    public IReadOnlyList<string> Words => Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether the option is <paramref name="name"/>, in any case.</summary>
    public bool Is(string name) => Keyword.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The keyword alone: values hold addresses and secrets (G5).</summary>
    public override string ToString() => $"{Number}: {Keyword}";
}

/// <summary>Cuts a torrc into options, as tor does (its confline.c; seen with tor 0.4.9.11). Options are not judged.</summary>
/// <remarks>
/// A <c>#</c> starts a comment wherever it stands. A backslash right before the line end continues the line; comments may stand between. Only a
/// value that is in double quotes as a whole is unquoted; any other quote is a part of its word.
/// </remarks>
public sealed class TorrcReader
{
    private readonly string _text;
    private int _at;
    private int _number = 1;

    private TorrcReader(string text) => _text = text;

    /// <summary>Reads a whole file.</summary>
    /// <param name="text">Its text.</param>
    public static IReadOnlyList<TorrcLine> Read(string text)
    {
        var reader = new TorrcReader(text);
        var lines = new List<TorrcLine>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    private TorrcLine? ReadLine()
    {
        SkipBlankLinesAndComments();
        if (_at == _text.Length)
        {
            return null;
        }

        int number = _number;
        string keyword = ReadKeyword();
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
        {
            _at++;
        }

        return _at < _text.Length && _text[_at] == '"' ? ReadQuoted(number, keyword) : ReadBare(number, keyword);
    }

    private void SkipBlankLinesAndComments()
    {
        while (_at < _text.Length && (IsSpace(_text[_at]) || _text[_at] == '#'))
        {
            if (_text[_at] == '#')
            {
                SkipToLineEnd();
            }
            else
            {
                Skip(1);
            }
        }
    }

    private string ReadKeyword()
    {
        int begun = _at;
        while (_at < _text.Length && !IsSpace(_text[_at]) && _text[_at] != '#' && !Continues())
        {
            _at++;
        }

        return _text[begun.._at].TrimStart('+', '/');
    }

    private TorrcLine ReadBare(int number, string keyword)
    {
        var value = new StringBuilder();
        TorrcFault fault = TorrcFault.None;
        bool continued = false;
        while (_at < _text.Length && (_text[_at] != '\n') && (_text[_at] != '#' || continued))
        {
            if (Continues())
            {
                continued = true;
                Skip(2);
            }
            else if (_text[_at] == '#')
            {
                SkipToLineEnd();
                Skip(1);
            }
            else
            {
                fault = string.CompareOrdinal(_text, _at, "\\\r\n", 0, 3) == 0 ? TorrcFault.CarriageReturn : fault;
                value.Append(_text[_at++]);
            }
        }

        SkipToLineEnd();
        return new(number, keyword, value.ToString().TrimEnd(' ', '\t', '\r', '\v', '\f'), fault);
    }

    private TorrcLine ReadQuoted(int number, string keyword)
    {
        var value = new StringBuilder();
        TorrcFault fault = TorrcFault.QuoteOpen;
        for (_at++; fault == TorrcFault.QuoteOpen && _at < _text.Length && _text[_at] != '\n'; _at++)
        {
            if (_text[_at] == '"')
            {
                fault = TorrcFault.None;
            }
            else if (_text[_at] != '\\')
            {
                value.Append(_text[_at]);
            }
            else if (ReadEscaped() is { } letter)
            {
                value.Append(letter);
            }
            else
            {
                fault = TorrcFault.WrongEscape;
            }
        }

        if (fault == TorrcFault.None)
        {
            int end = _text.IndexOf('\n', _at);
            ReadOnlySpan<char> rest = _text.AsSpan(_at, (end < 0 ? _text.Length : end) - _at).TrimStart(" \t\r");
            fault = !rest.IsEmpty && rest[0] != '#' ? TorrcFault.BehindQuotes : TorrcFault.None;
        }

        SkipToLineEnd();
        return new(number, keyword, value.ToString(), fault);
    }

    /// <summary>
    /// Reads an escape: a backslash and n, t, r, a quote or a backslash; two hex digits after x; up to three octal ones. Leaves its last character to be skipped.
    /// </summary>
    /// <returns>The character that it stands for; null if tor knows no such escape.</returns>
    private char? ReadEscaped()
    {
        int from = _at + 1;
        char kind = from < _text.Length ? _text[from] : '\0';
        (int numberBase, int first, int most) = kind == 'x' ? (16, from + 1, 2) : (8, from, 3);
        int end = first;
        while (end < _text.Length && end - first < most && (numberBase == 16 ? char.IsAsciiHexDigit(_text[end]) : _text[end] is >= '0' and <= '7'))
        {
            end++;
        }

        if (numberBase == 16 ? end - first == most : end > first)
        {
            int number = Convert.ToInt32(_text[first..end], numberBase);
            _at = end - 1;
            return number <= byte.MaxValue ? (char)number : null;
        }

        char? letter = kind switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '"' or '\'' or '\\' => kind,
            _ => null,
        };
        _at += letter is null ? 0 : 1; // what is no escape may be a line end
        return letter;
    }

    private bool Continues() => _at + 1 < _text.Length && _text[_at] == '\\' && _text[_at + 1] == '\n';

    private void Skip(int count)
    {
        for (int end = Math.Min(_at + count, _text.Length); _at < end; _at++)
        {
            _number += _text[_at] == '\n' ? 1 : 0;
        }
    }

    private void SkipToLineEnd()
    {
        while (_at < _text.Length && _text[_at] != '\n')
        {
            _at++;
        }
    }

    private static bool IsSpace(char letter) => letter is ' ' or '\t' or '\r' or '\n' or '\v' or '\f';
}
