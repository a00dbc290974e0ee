using System.Text;

namespace Plait.Native;

/// <summary>
/// Texts of the system: names of files, arguments and variables are bytes, and need not be UTF-8. A byte that is not part of
/// valid UTF-8 becomes the lone surrogate U+DC00 + byte and back (Python's surrogateescape, PEP 383), so that every text
/// keeps its bytes.
/// </summary>
[ProgramSeam]
internal static class SystemText
{
    private const char FirstEscape = '\uDC80'; // the byte 0x80: those below are always valid
    private const char LastEscape = '\uDCFF';
    private const int EscapeBase = 0xDC00;

    /// <summary>Reads bytes of the system.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> units = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int taken) == System.Buffers.OperationStatus.Done;
            if (valid)
            {
                text.Append(units[..rune.EncodeToUtf16(units)]);
            }
            else
            {
                foreach (byte invalid in bytes[..taken])
                {
                    text.Append((char)(EscapeBase + invalid));
                }
            }

            bytes = bytes[taken..];
        }

        return text.ToString();
    }

    /// <summary>The bytes of a text that <see cref="Decode"/> made, or of any other. Other lone surrogates become U+FFFD.</summary>
    internal static byte[] Encode(string text)
    {
        var bytes = new List<byte>(text.Length);
        Span<byte> units = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf16(rest, out Rune rune, out int taken) == System.Buffers.OperationStatus.Done;
            if (!valid && rest[0] is >= FirstEscape and <= LastEscape)
            {
                bytes.Add((byte)(rest[0] - EscapeBase));
            }
            else
            {
                bytes.AddRange(units[..rune.EncodeToUtf8(units)]); // U+FFFD for what is not valid
            }

            rest = rest[taken..];
        }

        return [.. bytes];
    }

    /// <summary>
    /// Whether the text stands for valid UTF-8: it has no lone surrogate, and no U+FFFD, which .NET's own decoding of
    /// the command line puts in the place of bytes that it cannot read.
    /// </summary>
    internal static bool IsUtf8(string text)
    {
        foreach (Rune rune in text.EnumerateRunes()) // U+FFFD for a lone surrogate, too
        {
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Why .NET would open another file than the one that <paramref name="path"/> means, or null: it passes paths to the system
    /// as UTF-8, a relative one together with the current directory.
    /// </summary>
    /// <param name="path">Absolute or relative.</param>
    /// <param name="what">How the sentence calls it: <c>the plaitrc</c>.</param>
    internal static string? PathProblem(string path, string what)
    {
        if (!IsUtf8(path))
        {
            return $"the path of {what} is not UTF-8, and Plait cannot open such a path; rename it, or make a link to it that is named in UTF-8";
        }

        return Path.IsPathFullyQualified(path) || HasUtf8Directory()
            ? null
            : $"the current directory is not UTF-8, and Plait cannot open {what} there; write its full path";
    }

    private static bool HasUtf8Directory()
    {
        try
        {
            return IsUtf8(Environment.CurrentDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // it is gone or closed: opening the file fails with the reason
        }
    }
}
