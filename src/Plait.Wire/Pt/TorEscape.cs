namespace Plait.Wire.Pt;

/// <summary>
/// An escape between double quotes, as C tor reads it (its unescape_string): a backslash and n, t, r, a quote or a backslash; two hex digits
/// after x; one to three octal digits, at most 377. An escape stands for a byte.
/// </summary>
internal static class TorEscape
{
    private const int HexLength = 2;
    private const int MaxOctalLength = 3;

    /// <summary>Reads the escape whose backslash stands at <paramref name="position"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="position">The backslash; afterwards the character after the escape. Unchanged if tor knows no such escape.</param>
    /// <param name="value">The byte; 0 if tor knows no such escape.</param>
    internal static bool TryRead(string text, ref int position, out byte value)
    {
        ReadOnlySpan<char> rest = text.AsSpan(position + 1);
        int length = rest switch
        {
            ['x', ..] => TryReadHex(rest[1..], out value) ? 1 + HexLength : 0,
            [>= '0' and <= '7', ..] => ReadOctal(rest, out value),
            _ => TryReadLetter(rest, out value) ? 1 : 0,
        };
        position += length == 0 ? 0 : 1 + length;
        return length > 0;
    }

    private static bool TryReadLetter(ReadOnlySpan<char> text, out byte value)
    {
        value = text switch
        {
            ['n', ..] => (byte)'\n',
            ['t', ..] => (byte)'\t',
            ['r', ..] => (byte)'\r',
            ['"' or '\'' or '\\', ..] => (byte)text[0],
            _ => 0,
        };
        return value != 0;
    }

    private static bool TryReadHex(ReadOnlySpan<char> text, out byte value)
    {
        value = 0;
        if (text is not [var high, var low, ..] || !char.IsAsciiHexDigit(high) || !char.IsAsciiHexDigit(low))
        {
            return false;
        }

        value = Convert.FromHexString(text[..HexLength])[0];
        return true;
    }

    /// <returns>How many digits there are; 0 if their number is no byte.</returns>
    private static int ReadOctal(ReadOnlySpan<char> text, out byte value)
    {
        int number = 0;
        int digits = 0;
        for (; digits < MaxOctalLength && digits < text.Length && text[digits] is >= '0' and <= '7'; digits++)
        {
            number = (number * 8) + (text[digits] - '0');
        }

        value = number <= byte.MaxValue ? (byte)number : (byte)0;
        return number <= byte.MaxValue ? digits : 0;
    }
}
