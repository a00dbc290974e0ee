using System.Buffers.Binary;
using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>Sizes of a frame: length 2, tag 16, then sealed: type 1, length of the payload 2, payload, padding (O4-29, O4-32b).</summary>
internal static class FrameSizes
{
    internal const int Length = 2;
    internal const int Header = 3;

    /// <summary>Longest frame. The specification means by it what one TCP segment carries.</summary>
    internal const int Longest = 1448;

    /// <summary>A frame without payload and padding.</summary>
    internal const int Overhead = Length + Sodium.TagSize + Header;

    /// <summary>Most payload and padding of a frame.</summary>
    internal const int MaxPayload = Longest - Overhead;

    // What the length of a frame may say: it counts neither itself nor the header.
    internal const int LeastLength = Sodium.TagSize;
    internal const int MostLength = Longest - Length;

    /// <summary>The frame that the server sends with its response (O4-19).</summary>
    internal const int SeedFrame = Overhead + Drbg.SeedSize;
}

/// <summary>What a frame carries.</summary>
internal enum PacketType : byte
{
    /// <summary>Payload; without any, it is padding alone.</summary>
    Payload = 0,

    /// <summary>The seed of the client's lengths and delays.</summary>
    Seed = 1,
}

/// <summary>The keys of one direction, and how many frames they have been used for.</summary>
internal struct FrameKeys
{
    private const int CounterSize = Sodium.NonceSize - Sodium.NoncePrefixSize;

    private readonly byte[] _bytes; // derived key, and the counter of the nonce; pinned, so that no copy is left behind
    private Drbg _masks;
    private ulong _next;

    /// <param name="direction">A half of <see cref="SessionKeys"/>.</param>
    /// <param name="firstFrame">Number of the first frame; not 1 in tests only.</param>
    internal FrameKeys(ReadOnlySpan<byte> direction, ulong firstFrame = 1)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(Sodium.KeySize + CounterSize, pinned: true);
        ReadOnlySpan<byte> prefix = direction.Slice(Sodium.KeySize, Sodium.NoncePrefixSize);
        Sodium.DeriveSecretBoxKey(direction[..Sodium.KeySize], prefix, _bytes.AsSpan(0, Sodium.KeySize));
        _masks = new(direction[(Sodium.KeySize + Sodium.NoncePrefixSize)..]);
        _next = firstFrame;
    }

    /// <summary>All nonces begin alike, so that the key of the boxes is the same for all frames.</summary>
    internal readonly ReadOnlySpan<byte> Key => _bytes.AsSpan(0, Sodium.KeySize);

    /// <summary>The end of the nonce that <see cref="TryNext"/> has set.</summary>
    internal readonly ReadOnlySpan<byte> Nonce => _bytes.AsSpan(Sodium.KeySize);

    /// <summary>The mask of the next length: two bytes, XORed with it (O4-31). Each frame takes one.</summary>
    internal ushort NextMask() => BinaryPrimitives.ReverseEndianness((ushort)_masks.NextBlock());

    /// <summary>Sets the nonce of the next frame (O4-30). False when all numbers are used up.</summary>
    internal bool TryNext()
    {
        BinaryPrimitives.WriteUInt64BigEndian(_bytes.AsSpan(Sodium.KeySize), _next);
        return _next++ != 0;
    }

    /// <summary>Forgets the keys.</summary>
    internal void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _masks = default;
    }
}

/// <summary>Seals what one direction sends.</summary>
/// <param name="keys">Its keys.</param>
internal sealed class FrameSealer(FrameKeys keys)
{
    private FrameKeys _keys = keys; // a struct that changes

    /// <summary>Room that so many bytes of payload need, without padding of the burst.</summary>
    internal static int RoomFor(int payload) =>
        payload + (FrameSizes.Overhead * ((payload + FrameSizes.MaxPayload - 1) / FrameSizes.MaxPayload));

    /// <summary>Seals payload in frames without padding, each as long as it can be.</summary>
    /// <returns>Their length: <see cref="RoomFor"/>.</returns>
    /// <exception cref="IOException">No frame can be sent any more.</exception>
    internal int Seal(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        int written = 0;
        while (!payload.IsEmpty)
        {
            int count = Math.Min(payload.Length, FrameSizes.MaxPayload);
            written += Seal(PacketType.Payload, payload[..count], padding: 0, output[written..]);
            payload = payload[count..];
        }

        return written;
    }

    /// <summary>Seals one frame.</summary>
    /// <param name="type">What it carries.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="padding">Zeros after it; both together are <see cref="FrameSizes.MaxPayload"/> at most.</param>
    /// <param name="output">Receives the frame.</param>
    /// <returns>Its length.</returns>
    /// <exception cref="IOException">The numbers of frames are used up.</exception>
    internal int Seal(PacketType type, ReadOnlySpan<byte> payload, int padding, Span<byte> output)
    {
        int length = FrameSizes.Overhead + payload.Length + padding;
        Span<byte> text = output[(FrameSizes.Length + Sodium.TagSize)..length];
        text[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(text[1..], (ushort)payload.Length);
        payload.CopyTo(text[FrameSizes.Header..]);
        text[(FrameSizes.Header + payload.Length)..].Clear();
        if (!_keys.TryNext())
        {
            throw new IOException("The obfs4 connection has sent as many frames as it may.");
        }

        Sodium.SecretBoxSeal(text, output.Slice(FrameSizes.Length, Sodium.TagSize), _keys.Nonce, _keys.Key);
        BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)((length - FrameSizes.Length) ^ _keys.NextMask()));
        return length;
    }

    /// <summary>
    /// Pads a burst of frames so that what exceeds whole segments has a given length (O4-44). For 1 to 21 missing bytes no single frame is short
    /// enough: the tail then exceeds the target by 21.
    /// </summary>
    /// <param name="burst">Receives the frames, at most two.</param>
    /// <param name="length">Length of the burst so far.</param>
    /// <param name="target">The length that its tail shall have.</param>
    /// <returns>Their length.</returns>
    /// <exception cref="IOException">No frame can be sent any more.</exception>
    internal int Pad(Span<byte> burst, int length, int target)
    {
        int tail = length % FrameSizes.Longest;
        int missing = target - tail + (target < tail ? FrameSizes.Longest : 0);
        if (missing > FrameSizes.Overhead)
        {
            return Seal(PacketType.Payload, [], missing - FrameSizes.Overhead, burst);
        }

        if (missing == 0)
        {
            return 0;
        }

        int full = Seal(PacketType.Payload, [], FrameSizes.MaxPayload, burst);
        return full + Seal(PacketType.Payload, [], missing, burst[full..]);
    }

    /// <summary>Forgets the keys: nothing can be sealed any more.</summary>
    internal void Clear() => _keys.Clear();
}

/// <summary>What <see cref="FrameOpener.Open"/> has found.</summary>
internal enum FrameStep
{
    /// <summary>The next frame is not there as a whole.</summary>
    NeedsMore,

    /// <summary>A frame with payload.</summary>
    Payload,

    /// <summary>A frame without payload, or one to be ignored.</summary>
    Nothing,

    /// <summary>A frame with a seed.</summary>
    Seed,

    /// <summary>The frame is not one of the peer's, or broken. Nothing after it can be read.</summary>
    Broken,
}

/// <summary>Opens what one direction receives.</summary>
/// <param name="keys">Its keys.</param>
internal sealed class FrameOpener(FrameKeys keys)
{
    private FrameKeys _keys = keys; // a struct that changes
    private int _length; // of the frame that is awaited, without the two bytes of the length itself; 0 if that is not read yet
    private bool _doomed; // that length was impossible

    /// <summary>Opens the next frame in place.</summary>
    /// <param name="received">Starts with the frame. A later call has the same bytes and more.</param>
    /// <param name="consumed">Length of the frame; 0 if more bytes are needed.</param>
    /// <param name="payload">Payload or seed, within <paramref name="received"/>.</param>
    internal FrameStep Open(Span<byte> received, out int consumed, out Range payload)
    {
        consumed = 0;
        payload = default;
        if (received.Length < FrameSizes.Length || received.Length < FrameSizes.Length + LengthOf(received))
        {
            return FrameStep.NeedsMore;
        }

        consumed = FrameSizes.Length + _length;
        Span<byte> text = received[(FrameSizes.Length + Sodium.TagSize)..consumed];
        bool opened = _keys.TryNext()
            && Sodium.SecretBoxOpen(text, received.Slice(FrameSizes.Length, Sodium.TagSize), _keys.Nonce, _keys.Key);
        _length = 0;
        if (!opened || _doomed || text.Length < FrameSizes.Header)
        {
            return FrameStep.Broken;
        }

        int count = BinaryPrimitives.ReadUInt16BigEndian(text[1..]);
        if (count > text.Length - FrameSizes.Header)
        {
            return FrameStep.Broken;
        }

        int start = FrameSizes.Length + Sodium.TagSize + FrameSizes.Header;
        payload = start..(start + count);
        return (PacketType)text[0] switch
        {
            PacketType.Payload when count > 0 => FrameStep.Payload,
            PacketType.Seed when count == Drbg.SeedSize => FrameStep.Seed,
            _ => FrameStep.Nothing,
        };
    }

    /// <summary>Forgets the keys: nothing can be opened any more.</summary>
    internal void Clear() => _keys.Clear();

    /// <summary>The length of the awaited frame. Its mask is drawn once.</summary>
    private int LengthOf(ReadOnlySpan<byte> received)
    {
        if (_length != 0)
        {
            return _length;
        }

        _length = BinaryPrimitives.ReadUInt16BigEndian(received) ^ _keys.NextMask();
        if (_length is < FrameSizes.LeastLength or > FrameSizes.MostLength)
        {
            // The moment of the end must not tell an attacker who has changed a length what it was (O4-32).
            SystemInt63 random = default;
            _length = FrameSizes.LeastLength + GoRandom.Below(ref random, FrameSizes.MostLength - FrameSizes.LeastLength + 1);
            _doomed = true;
        }

        return _length;
    }
}
