using System.Diagnostics.CodeAnalysis;
using System.Text;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Messages;

/// <summary>
/// The <c>key=value key="value"</c> text of LOG and STATUS lines, as C tor reads it: pairs in any order, an unquoted value ends at whitespace, a
/// word without <c>=</c> makes the line invalid (M43, M44).
/// </summary>
internal static class KeyValueLine
{
    private static readonly char[] s_whitespace = [' ', '\t', '\r', '\v', '\n'];

    internal static bool TryParse(string text, out List<PtArgument> pairs, [NotNullWhen(false)] out string? error)
    {
        pairs = [];
        error = null;
        int position = 0;
        while ((position = SkipWhitespace(text, position)) < text.Length)
        {
            int end = text.AsSpan(position).IndexOfAny("= \t\r\v\n");
            if (end <= 0 || text[position + end] != '=')
            {
                error = $"expected key=value, found something else {position} characters after the keyword";
                return false;
            }

            string key = text.Substring(position, end);
            position += end + 1;
            if (!TryReadValue(text, ref position, out string value))
            {
                error = $"the value of {(TransportName.IsValid(key) ? key : "a key")} is not a well-formed quoted text";
                return false;
            }

            pairs.Add(new(key, value));
        }

        return true;
    }

    private static int SkipWhitespace(string text, int position)
    {
        int skipped = text.AsSpan(position).IndexOfAnyExcept(s_whitespace);
        return skipped < 0 ? text.Length : position + skipped;
    }

    private static bool TryReadValue(string text, ref int position, out string value)
    {
        if (position < text.Length && text[position] == '"')
        {
            position++;
            return TryReadQuoted(text, ref position, out value);
        }

        int length = text.AsSpan(position).IndexOfAny(s_whitespace);
        value = length < 0 ? text[position..] : text.Substring(position, length);
        position += value.Length;
        return true;
    }

    // Escapes stand for bytes, and the bytes are UTF-8: \303\251 is one letter (V16).
    private static bool TryReadQuoted(string text, ref int position, out string value)
    {
        value = "";
        List<byte> bytes = [];
        while (position < text.Length && text[position] != '"')
        {
            if (text[position] != '\\')
            {
                int run = text.AsSpan(position).IndexOfAny('"', '\\');
                string plain = run < 0 ? text[position..] : text.Substring(position, run);
                bytes.AddRange(Encoding.UTF8.GetBytes(plain));
                position += plain.Length;
                continue;
            }

            if (!TorEscape.TryRead(text, ref position, out byte escaped))
            {
                return false;
            }

            bytes.Add(escaped);
        }

        bool terminated = position++ < text.Length;
        value = terminated ? Encoding.UTF8.GetString([.. bytes]) : "";
        return terminated && !bytes.Contains(0); // M44: a NUL makes the line invalid
    }
}
