using System.Text;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>Splits a torrc into options, as tor does (its confline.c; tested with tor 0.4.9.11). Does not check the options.</summary>
/// <remarks>
/// A <c>#</c> starts a comment anywhere in a line. A backslash directly before the line end continues the line; comments may follow before the
/// continuation. Only a value that is in double quotes as a whole is unquoted; every other quote is part of its word.
/// </remarks>
public sealed class TorrcReader
{
    private readonly string _text;
    private int _at;
    private int _number = 1;

    private TorrcReader(string text) => _text = text;

    /// <summary>Reads a whole file.</summary>
    /// <param name="text">The text of the file.</param>
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
        _at++;
        while (fault == TorrcFault.QuoteOpen && _at < _text.Length && _text[_at] != '\n')
        {
            if (_text[_at] == '"')
            {
                fault = TorrcFault.None;
                _at++;
            }
            else if (_text[_at] != '\\')
            {
                value.Append(_text[_at++]);
            }
            else if (TorEscape.TryRead(_text, ref _at, out byte escaped))
            {
                value.Append((char)escaped);
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
            fault = !rest.IsEmpty && rest[0] != '#' ? TorrcFault.AfterQuotes : TorrcFault.None;
        }

        SkipToLineEnd();
        return new(number, keyword, value.ToString(), fault);
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
