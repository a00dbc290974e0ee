using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Plait.Wire.Pt.Messages;

/// <summary>
/// Splits a child's output into lines of limited length. The part of a line that exceeds the limit is dropped, and the line is marked (M4).
/// </summary>
/// <remarks>
/// Holds at most one unfinished line of <paramref name="maxLength"/> bytes and finished lines worth about twice as many.
/// <see cref="Append"/> takes no more bytes while that is full, so call it in a loop:
/// <code>
/// while (!bytes.IsEmpty)
/// {
///     bytes = bytes[assembler.Append(bytes)..];
///     while (assembler.TryRead(out string? line, out bool truncated)) { ... }
/// }
/// </code>
/// A call with at most <paramref name="maxLength"/> bytes takes all of them, if all lines were read before it.
/// </remarks>
/// <param name="maxLength">Longest line in bytes, without its LF.</param>
public sealed class LineAssembler(int maxLength)
{
    private readonly Queue<(string Text, bool Truncated)> _lines = new();
    private byte[] _unfinished = [];
    private int _length;
    private bool _truncated;
    private int _queued; // bytes taken since the queue was last empty, without the beginning of its first line

    /// <summary>Takes bytes from the front of <paramref name="bytes"/>.</summary>
    /// <returns>
    /// How many were taken: at least one, unless <paramref name="bytes"/> is empty or the queue of unread lines is full.
    /// </returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (taken < bytes.Length && _queued < maxLength)
        {
            ReadOnlySpan<byte> rest = bytes[taken..];
            int end = rest.IndexOf((byte)'\n');
            Keep(end < 0 ? rest : rest[..end]);
            if (end >= 0)
            {
                FinishLine();
            }

            int step = end < 0 ? rest.Length : end + 1;
            taken += step;
            _queued = _lines.Count == 0 ? 0 : _queued + step;
        }

        return taken;
    }

    /// <summary>The next complete line, without its LF and one CR before it (M3), decoded as UTF-8 with replacement.</summary>
    /// <param name="line">The line, or null if no line is complete. A last line without LF never is (M4).</param>
    /// <param name="truncated">Whether the end of the line was dropped.</param>
    public bool TryRead([NotNullWhen(true)] out string? line, out bool truncated)
    {
        bool found = _lines.TryDequeue(out (string Text, bool Truncated) next);
        (line, truncated) = found ? next : (null, false);
        _queued = _lines.Count == 0 ? 0 : _queued;
        return found;
    }

    /// <summary>The text after the last LF of a stream that has ended, such as a child's last words on standard error.</summary>
    /// <param name="line">At most <c>maxLength</c> bytes of the text; null if there is none.</param>
    public bool TryReadRemainder([NotNullWhen(true)] out string? line)
    {
        line = _length == 0 ? null : Encoding.UTF8.GetString(_unfinished, 0, _length);
        (_length, _truncated) = (0, false);
        return line is not null;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        int kept = Math.Min(bytes.Length, maxLength - _length);
        if (_length + kept > _unfinished.Length)
        {
            Array.Resize(ref _unfinished, Math.Min(maxLength, Math.Max(_length + kept, _unfinished.Length * 2)));
        }

        bytes[..kept].CopyTo(_unfinished.AsSpan(_length));
        _length += kept;
        _truncated |= kept < bytes.Length;
    }

    private void FinishLine()
    {
        bool carriageReturn = !_truncated && _length > 0 && _unfinished[_length - 1] == '\r';
        _lines.Enqueue((Encoding.UTF8.GetString(_unfinished, 0, carriageReturn ? _length - 1 : _length), _truncated));
        (_length, _truncated) = (0, false);
    }
}
