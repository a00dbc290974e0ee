using System.Buffers;

namespace Plait.Wire.Handshakes;

/// <summary>
/// One call of <see cref="IHandshake.Advance"/>: its unread bytes, the number of bytes consumed, and the output. All stages that run in the
/// call share it, so that messages that arrived together are answered in order.
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

    /// <summary>Drops up to <paramref name="count"/> bytes.</summary>
    /// <returns>How many of them have not arrived yet.</returns>
    internal int Skip(int count)
    {
        int skipped = Math.Min(count, Unread.Length);
        Consumed += skipped;
        return count - skipped;
    }

    /// <summary>Drops all unread bytes: nothing from a rejected peer is used.</summary>
    internal void SkipAll() => Consumed = _input.Length;

    internal readonly void Write(params ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
