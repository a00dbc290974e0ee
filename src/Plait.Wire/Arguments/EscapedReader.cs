using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Plait.Wire.Arguments;

/// <summary>
/// Reads backslash-escaped fields from the front of a text, as goptlib's <c>args.go</c> does: a field ends at the first unescaped end
/// character, and <c>\x</c> stands for <c>x</c>, for any <c>x</c> (S11, E25).
/// </summary>
internal ref struct EscapedReader(string text)
{
    private int _position;

    /// <summary>How many characters have been read.</summary>
    internal readonly int Position => _position;

    /// <summary>Whether all of the text has been read.</summary>
    internal readonly bool IsAtEnd => _position >= text.Length;

    /// <summary>Takes <paramref name="expected"/> if it is the next character.</summary>
    internal bool TryTake(char expected)
    {
        if (_position >= text.Length || text[_position] != expected)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Reads <c>key=value</c> up to the separator or the end. Leaves the separator unread.</summary>
    internal bool TryReadPair(char separator, out PtArgument argument, [NotNullWhen(false)] out string? error)
    {
        argument = default;
        int start = _position;
        if (!TryReadField(out string key, out error, '=', separator))
        {
            return false;
        }

        if (key.Length == 0 || !TryTake('='))
        {
            error = key.Length == 0
                ? $"the argument at offset {start} has no key: write key=value"
                : $"the argument at offset {start} has no '=': write key=value";
            return false;
        }

        if (!TryReadField(out string value, out error, separator))
        {
            return false;
        }

        argument = new(key, value);
        return true;
    }

    /// <summary>Reads up to an unescaped character of <paramref name="ends"/>, or to the end of the text.</summary>
    internal bool TryReadField(out string field, [NotNullWhen(false)] out string? error, params ReadOnlySpan<char> ends)
    {
        var unescaped = new StringBuilder();
        for (; _position < text.Length && !ends.Contains(text[_position]); _position++)
        {
            if (text[_position] == '\\' && ++_position == text.Length)
            {
                field = "";
                error = @"the text ends in a lone backslash; write \\ for a backslash";
                return false;
            }

            unescaped.Append(text[_position]);
        }

        field = unescaped.ToString();
        error = null;
        return true;
    }
}

/// <summary>The writing side of <see cref="EscapedReader"/>.</summary>
internal static class EscapedWriter
{
    /// <summary>Appends <paramref name="field"/> with a backslash before each character of <paramref name="escaped"/>.</summary>
    internal static StringBuilder AppendEscaped(this StringBuilder text, string field, string escaped)
    {
        foreach (char c in field)
        {
            if (escaped.Contains(c, StringComparison.Ordinal))
            {
                text.Append('\\');
            }

            text.Append(c);
        }

        return text;
    }
}
