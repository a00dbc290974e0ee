using System.Buffers;

namespace Plait.Wire.Handshakes;

/// <summary>
/// One call of <see cref="IHandshake.Advance"/>: the bytes not yet used, how many were, and where the answer goes. The
/// stages of a handshake pass it on to each other, so that bytes which came together are served in order.
/// </summary>
internal ref struct HandshakeTurn(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
{
    private readonly ReadOnlySpan<byte> _input = input;

    internal int Consumed { get; private set; }

    internal readonly ReadOnlySpan<byte> Unread => _input[Consumed..];

    /// <summary>Takes <paramref name="count"/> bytes, or none if there are fewer.</summary>
    internal bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (Unread.Length < count)
        {
            return false;
        }

        bytes = Unread[..count];
        Consumed += count;
        return true;
    }

    /// <summary>Takes up to <paramref name="count"/> bytes and forgets them.</summary>
    /// <returns>How many of them are still to come.</returns>
    internal int Skip(int count)
    {
        int skipped = Math.Min(count, Unread.Length);
        Consumed += skipped;
        return count - skipped;
    }

    /// <summary>Takes all the rest: of a peer that is turned away no byte is of use.</summary>
    internal void SkipAll() => Consumed = _input.Length;

    internal readonly void Write(params ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
