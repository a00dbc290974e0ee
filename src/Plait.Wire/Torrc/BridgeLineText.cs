using System.Globalization;
using System.Text;

namespace Plait.Wire.Torrc;

/// <summary>
/// The characters of a bridge line while it is corrected. Each keeps its column in the line as written. Corrections are reported with the column at
/// which they begin.
/// </summary>
internal sealed class BridgeLineText
{
    private readonly List<char> _characters = [];
    private readonly List<int> _columns = []; // of each UTF-16 unit
    private readonly List<BridgeLineFinding> _corrected = [];
    private bool _wordIsForeign;

    private BridgeLineText()
    {
    }

    /// <summary>The line as written. Blanks and line ends at its end are ignored, as tor ignores them.</summary>
    internal static BridgeLineText Of(string line)
    {
        var text = new BridgeLineText();
        int column = 0;
        foreach (Rune rune in line.AsSpan().TrimEnd(" \t\r\n").EnumerateRunes())
        {
            text.Append(rune, ++column);
        }

        return text;
    }

    internal int Length => _characters.Count;

    internal char this[int index] => _characters[index];

    /// <summary>The corrections so far.</summary>
    internal IReadOnlyList<BridgeLineFinding> Corrected => _corrected;

    /// <summary>The column of a character; after the last one, the next column.</summary>
    internal int ColumnAt(int index) => index < _columns.Count ? _columns[index] : _columns is [.., var last] ? last + 1 : 1;

    /// <summary>The first index at or after another that is no blank.</summary>
    internal int SkipBlanks(int index)
    {
        while (index < Length && IsBlank(_characters[index]))
        {
            index++;
        }

        return index;
    }

    /// <summary>The index after the last character that is no blank.</summary>
    internal int End()
    {
        int end = Length;
        while (end > 0 && IsBlank(_characters[end - 1]))
        {
            end--;
        }

        return end;
    }

    /// <summary>
    /// Takes back that corrections inside a value are certain: what is written was a value too, and may have been meant. A person decides.
    /// </summary>
    /// <param name="start">Its first character.</param>
    /// <param name="end">After its last one.</param>
    /// <param name="written">What is written.</param>
    /// <param name="left">Receives them.</param>
    internal void Doubt(int start, int end, string written, List<BridgeLineFinding> left)
    {
        int first = ColumnAt(start), last = ColumnAt(end - 1);
        List<BridgeLineFinding> inside = _corrected.FindAll(finding => finding.Column >= first && finding.Column <= last
            && finding.Fault is BridgeLineFault.ForeignForm or BridgeLineFault.HtmlEntity or BridgeLineFault.Invisible);
        if (inside.Count == 0) // of a word only the first may be reported
        {
            Rune foreign = written.EnumerateRunes().FirstOrDefault(rune => !rune.IsAscii);
            inside = [new(first, BridgeLineFault.ForeignForm, foreign.Value == 0 ? '&' : foreign.Value)];
        }

        left.AddRange(inside.Select(finding => finding with { IsCorrected = false }));
        _corrected.RemoveAll(inside.Contains);
    }

    /// <summary>Whether a text stands at an index.</summary>
    internal bool StandsAt(int index, string text, bool ignoreCase = false)
    {
        if (index < 0 || index + text.Length > Length)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            char own = _characters[index + i];
            if (own != text[i] && !(ignoreCase && char.ToLowerInvariant(own) == text[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The words, which blanks separate, from an index on.</summary>
    internal List<BridgeLineWord> Words(int from = 0)
    {
        var words = new List<BridgeLineWord>();
        for (int start = SkipBlanks(from); start < Length; start = SkipBlanks(start))
        {
            int end = start;
            while (end < Length && !IsBlank(_characters[end]))
            {
                end++;
            }

            words.Add(new(Part(start, end), start));
            start = end;
        }

        return words;
    }

    /// <summary>The characters of some columns.</summary>
    internal string Between(int firstColumn, int lastColumn) =>
        new([.. _characters.Where((_, index) => _columns[index] >= firstColumn && _columns[index] <= lastColumn)]);

    /// <summary>A part of the text.</summary>
    internal string Part(int start, int end) => new([.. _characters[start..end]]);

    /// <summary>Reports a correction.</summary>
    /// <param name="index">Where it is.</param>
    /// <param name="fault">What it is.</param>
    /// <param name="character">The wrong character, or 0.</param>
    /// <param name="what">What is wrong and what to write, in other words than those of the fault; or null.</param>
    internal void Report(int index, BridgeLineFault fault, int character = 0, string? what = null) =>
        _corrected.Add(new(ColumnAt(index), fault, character) { IsCorrected = true, Text = what });

    /// <summary>Removes a part.</summary>
    internal void Remove(int start, int count)
    {
        _characters.RemoveRange(start, count);
        _columns.RemoveRange(start, count);
    }

    /// <summary>Replaces a part. Characters that stay keep their columns.</summary>
    internal void Replace(int start, int count, string with)
    {
        List<char> old = _characters.GetRange(start, count);
        List<int> oldColumns = _columns.GetRange(start, count);
        int first = ColumnAt(start);
        int at = 0;
        var columns = new List<int>(with.Length);
        foreach (char character in with)
        {
            int found = old.IndexOf(character, Math.Min(at, old.Count));
            columns.Add(found >= 0 ? oldColumns[found] : columns is [.., var last] ? last : first);
            at = found >= 0 ? found + 1 : at;
        }

        Remove(start, count);
        _characters.InsertRange(start, with);
        _columns.InsertRange(start, columns);
    }

    /// <summary>Moves a part to an earlier place, with a blank after it.</summary>
    internal void Move(int start, int count, int to)
    {
        List<char> characters = [.. _characters.GetRange(start, count), ' '];
        List<int> columns = [.. _columns.GetRange(start, count), ColumnAt(to)];
        Remove(start, count);
        _characters.InsertRange(to, characters);
        _columns.InsertRange(to, columns);
    }

    /// <summary>Corrects single characters, HTML's names of them, and a line that is written as in a URL.</summary>
    /// <param name="left">Receives characters that are wrong and stay.</param>
    internal void CorrectCharacters(List<BridgeLineFinding> left)
    {
        Retake(left, Characters());
        if (UrlDecoding() is { } blank)
        {
            Report(_characters.FindIndex(character => character == '%'), BridgeLineFault.UrlEncoded);
            Retake(left, Decoded(blank));
        }
    }

    /// <summary>The whole text, without blanks around it; runs of blanks as they are.</summary>
    public override string ToString() => Part(Math.Min(SkipBlanks(0), End()), End());

    private static bool IsBlank(char character) => character is ' ' or '\t';

    /// <summary>The text as code points with their columns. Half a surrogate pair becomes U+FFFD.</summary>
    private List<(Rune Rune, int Column)> Characters()
    {
        var characters = new List<(Rune, int)>(Length);
        string text = Part(0, Length);
        int index = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            characters.Add((rune, _columns[index]));
            index += rune.Utf16SequenceLength;
        }

        return characters;
    }

    private void Retake(List<BridgeLineFinding> left, List<(Rune Rune, int Column)> characters)
    {
        left.Clear();
        _characters.Clear();
        _columns.Clear();
        for (int i = 0; i < characters.Count; i++)
        {
            (Rune rune, int column) = characters[i];
            if (IsLineEnd(rune))
            {
                i = TakeLineEnd(characters, i);
            }
            else
            {
                Take(rune, column, left);
            }
        }
    }

    /// <summary>A line end, with a backslash before it that continues a line, and with the marks of quoted mail after it.</summary>
    /// <returns>The last index that was taken.</returns>
    private int TakeLineEnd(List<(Rune Rune, int Column)> characters, int at)
    {
        _corrected.Add(new(characters[at].Column, BridgeLineFault.LineBreak, characters[at].Rune.Value) { IsCorrected = true });
        if (_characters is [.., ' ' or '\t', '\\'])
        {
            Remove(Length - 1, 1);
        }

        Append(new(' '), characters[at].Column);
        while (at + 1 < characters.Count && (IsLineEnd(characters[at + 1].Rune) || characters[at + 1].Rune.Value is ' ' or '\t' or '>'))
        {
            at++;
        }

        return at;
    }

    private void Take(Rune rune, int column, List<BridgeLineFinding> left)
    {
        switch (FaultOf(rune))
        {
            case BridgeLineFault.Invisible:
                _corrected.Add(new(column, BridgeLineFault.Invisible, rune.Value) { IsCorrected = true });
                return;
            case BridgeLineFault.ForeignBlank:
                _corrected.Add(new(column, BridgeLineFault.ForeignBlank, rune.Value) { IsCorrected = true });
                Append(new(' '), column);
                return;
            case BridgeLineFault.ForeignForm:
                if (!_wordIsForeign) // once for a word
                {
                    _corrected.Add(new(column, BridgeLineFault.ForeignForm, rune.Value) { IsCorrected = true });
                }

                Append(new(Plain(rune)!.Value), column);
                _wordIsForeign = true;
                break;
            case { } stays:
                left.Add(new(column, stays, rune.Value));
                Append(rune, column);
                break;
            default:
                Append(rune, column);
                break;
        }

        if (_characters is [.., ';'])
        {
            TakeEntity(left);
        }
    }

    /// <summary>Replaces the name of a character that ends the text by the character, which may end another name.</summary>
    private void TakeEntity(List<BridgeLineFinding> left)
    {
        int start = _characters.FindLastIndex(Length - 1, Math.Min(Length, HtmlEntity.MaxLength), character => character == '&');
        if (start < 0 || HtmlEntity.Read(Part(start + 1, Length - 1)) is not { } rune)
        {
            return;
        }

        int column = _columns[start];
        Remove(start, Length - start);
        _corrected.Add(new(column, BridgeLineFault.HtmlEntity, rune.Value) { IsCorrected = true });
        if (IsLineEnd(rune))
        {
            Append(new(' '), column);
        }
        else
        {
            int reported = _corrected.Count;
            Take(rune, column, left);
            _corrected.RemoveRange(reported, _corrected.Count - reported); // one mistake, and not two
        }
    }

    private void Append(Rune rune, int column)
    {
        _wordIsForeign &= rune.Value is not (' ' or '\t');
        Span<char> units = stackalloc char[2];
        int count = rune.EncodeToUtf16(units);
        for (int i = 0; i < count; i++)
        {
            _characters.Add(units[i]);
            _columns.Add(column);
        }
    }

    /// <summary>Whether the whole text is written as in a URL; then the character that stands for a blank besides <c>%20</c>, or NUL for none.</summary>
    private char? UrlDecoding()
    {
        string text = ToString();
        return text.AsSpan().ContainsAny(' ', '\t') ? null
            : text.Contains("%20", StringComparison.Ordinal) ? '\0'
            : text.Contains('+', StringComparison.Ordinal) && text.Contains("%3d", StringComparison.OrdinalIgnoreCase) ? '+'
            : null;
    }

    private List<(Rune Rune, int Column)> Decoded(char blank)
    {
        var decoded = new List<(Rune, int)>();
        var bytes = new List<byte>();
        int first = 1;
        for (int i = 0; i < Length; i++)
        {
            if (_characters[i] == '%' && i + 2 < Length && byte.TryParse([_characters[i + 1], _characters[i + 2]], NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out byte value))
            {
                first = bytes.Count == 0 ? _columns[i] : first;
                bytes.Add(value);
                i += 2;
                continue;
            }

            Flush();
            Rune rune = char.IsHighSurrogate(_characters[i]) && i + 1 < Length && Rune.TryCreate(_characters[i], _characters[i + 1], out Rune pair)
                ? pair
                : Rune.TryCreate(_characters[i], out Rune single) ? single : Rune.ReplacementChar;
            decoded.Add((blank != '\0' && rune.Value == blank ? new(' ') : rune, _columns[i]));
            i += rune.Utf16SequenceLength - 1;
        }

        Flush();
        return decoded;

        void Flush()
        {
            decoded.AddRange(Encoding.UTF8.GetString([.. bytes]).EnumerateRunes().Select(rune => (rune, first)));
            bytes.Clear();
        }
    }

    private static bool IsLineEnd(Rune rune) => rune.Value is '\r' or '\n' or 0x85 or 0x2028 or 0x2029;

    private static BridgeLineFault? FaultOf(Rune rune) => rune.Value switch
    {
        ' ' or '\t' => null,
        0xFFFD => BridgeLineFault.NotUtf8, // the decoder writes it for wrong bytes
        _ when rune.IsAscii => Rune.IsControl(rune) ? rune.Value is 0x0B or 0x0C ? BridgeLineFault.ForeignBlank : BridgeLineFault.ControlCharacter : null,
        _ when Plain(rune) is not null => BridgeLineFault.ForeignForm,
        _ when Rune.IsWhiteSpace(rune) => BridgeLineFault.ForeignBlank,
        _ when Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format => BridgeLineFault.Invisible,
        _ when Rune.IsControl(rune) => BridgeLineFault.ControlCharacter,
        _ => null,
    };

    /// <summary>The ASCII character of which this is another form: a wide one, or a digit of another script. Null if there is none.</summary>
    private static char? Plain(Rune rune) => rune.Value is > 0xFF00 and < 0xFF5F ? (char)(rune.Value - 0xFEE0)
        : rune.Value == 0x3002 ? '.' // the full stop of CJK
        : !rune.IsAscii && Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber ? (char)('0' + (int)Rune.GetNumericValue(rune))
        : null;
}

/// <summary>A word of a bridge line.</summary>
/// <param name="Text">The word.</param>
/// <param name="Start">The index of its first character.</param>
internal sealed record BridgeLineWord(string Text, int Start)
{
    internal int End => Start + Text.Length;

    internal bool HasEquals => Text.Contains('=', StringComparison.Ordinal);
}
