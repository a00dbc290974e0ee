namespace Plait.Transports.Obfs3;

/// <summary>
/// Looks for the magic in what comes after the other side's key. It remembers the last bytes only: a side that is silent after its padding
/// costs no buffer.
/// </summary>
/// <param name="magic">The other side's magic, 32 bytes.</param>
internal sealed class MagicSearch(byte[] magic)
{
    /// <summary>The most padding of one write (O3-4, O3-7).</summary>
    internal const int MaxPadding = 4097;

    /// <summary>Bytes of a magic (O3-6).</summary>
    internal const int MagicSize = 32;

    /// <summary>So many bytes may precede the magic: the padding of the first flight, and that of the first payload (O3-8).</summary>
    internal const int MaxBefore = 2 * MaxPadding;

    private readonly byte[] _tail = new byte[magic.Length - 1];
    private int _kept;
    private int _seen;

    /// <summary>Looks through the bytes that came next.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="payload">Where payload begins in <paramref name="bytes"/>, if the magic was found.</param>
    /// <returns>What is known now.</returns>
    internal MagicResult Look(ReadOnlySpan<byte> bytes, out int payload)
    {
        payload = 0;
        int found = Find(bytes);
        if (found >= 0)
        {
            payload = found + magic.Length - _kept;
            return _seen - _kept + found > MaxBefore ? MagicResult.TooLate : MagicResult.Found;
        }

        _seen += bytes.Length;
        Keep(bytes);
        return _seen >= MaxBefore + magic.Length ? MagicResult.TooLate : MagicResult.NotYet;
    }

    /// <summary>Where the magic begins in what was kept and these bytes; -1 if it is not there.</summary>
    private int Find(ReadOnlySpan<byte> bytes)
    {
        // Across the border: what was kept, and as many bytes as the magic can reach into.
        Span<byte> border = stackalloc byte[2 * (magic.Length - 1)];
        int reach = Math.Min(bytes.Length, magic.Length - 1);
        _tail.AsSpan(0, _kept).CopyTo(border);
        bytes[..reach].CopyTo(border[_kept..]);
        int found = border[..(_kept + reach)].IndexOf(magic);
        if (found >= 0)
        {
            return found;
        }

        int inside = bytes.IndexOf(magic);
        return inside < 0 ? -1 : _kept + inside;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= _tail.Length)
        {
            bytes[^_tail.Length..].CopyTo(_tail);
            _kept = _tail.Length;
            return;
        }

        int old = Math.Min(_kept, _tail.Length - bytes.Length);
        _tail.AsSpan(_kept - old, old).CopyTo(_tail);
        bytes.CopyTo(_tail.AsSpan(old));
        _kept = old + bytes.Length;
    }
}
