using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Plait.Transports.Obfs4;

/// <summary>SipHash-2-4 as a stream: each word is taken in once, and the hash of all words so far costs the same at any length.</summary>
internal struct SipHash
{
    private ulong _v0;
    private ulong _v1;
    private ulong _v2;
    private ulong _v3;
    private byte _length; // in bytes, modulo 256, as the final block has it

    /// <param name="key">16 bytes.</param>
    internal SipHash(ReadOnlySpan<byte> key)
    {
        ulong k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        ulong k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
        (_v0, _v1, _v2, _v3) = (k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573);
    }

    /// <summary>Takes in eight bytes, as a little-endian word.</summary>
    internal void Add(ulong word)
    {
        _v3 ^= word;
        Round();
        Round();
        _v0 ^= word;
        _length += sizeof(ulong);
    }

    /// <summary>The hash of what was taken in. More can follow.</summary>
    internal readonly ulong Hash()
    {
        SipHash final = this;
        final.Add((ulong)_length << 56);
        final._v2 ^= 0xff;
        final.Round();
        final.Round();
        final.Round();
        final.Round();
        return final._v0 ^ final._v1 ^ final._v2 ^ final._v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Round()
    {
        _v0 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
        _v0 = BitOperations.RotateLeft(_v0, 32);
        _v2 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
        _v0 += _v3;
        _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
        _v2 += _v1;
        _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
        _v2 = BitOperations.RotateLeft(_v2, 32);
    }
}

/// <summary>
/// The generator of obfs4: each block is the SipHash of the initial vector and of all blocks before it (O4-31). The hash accumulates; it is not
/// that of the last block alone, as the specification has it.
/// </summary>
internal struct Drbg : IInt63
{
    /// <summary>Key and initial vector.</summary>
    internal const int SeedSize = 24;

    private SipHash _hash;
    private ulong _last;

    /// <param name="seed">24 bytes.</param>
    internal Drbg(ReadOnlySpan<byte> seed)
    {
        _hash = new(seed[..16]);
        _last = BinaryPrimitives.ReadUInt64LittleEndian(seed[16..SeedSize]);
    }

    /// <summary>The next block: eight bytes, as a little-endian word.</summary>
    internal ulong NextBlock()
    {
        _hash.Add(_last);
        return _last = _hash.Hash();
    }

    /// <summary>The block as a big-endian number without its highest bit (O4-39).</summary>
    public long Next() => (long)(BinaryPrimitives.ReverseEndianness(NextBlock()) & long.MaxValue);
}
