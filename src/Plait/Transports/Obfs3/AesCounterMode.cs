using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using X86Aes = System.Runtime.Intrinsics.X86.Aes;

namespace Plait.Transports.Obfs3;

/// <summary>
/// AES-128 in counter mode as one stream: the counter is a big-endian number of 16 bytes that wraps around (O3-5). Encrypting and decrypting are
/// the same. It holds no key stream but what is left of the last block.
/// </summary>
/// <remarks>
/// By the processor's instructions, eight blocks at a time. Where there are none, by BouncyCastle. The platform's AES is OpenSSL's, which the program
/// does not load (docs/dependencies.md).
/// </remarks>
internal sealed class AesCounterMode
{
    /// <summary>Bytes of a key, and of a counter.</summary>
    internal const int BlockSize = 16;

    private const int Rounds = 10;
    private const int BlocksAtOnce = 8;

    private readonly Vector128<byte>[] _roundKeys = new Vector128<byte>[Rounds + 1];
    private readonly AesEngine? _engine;
    private UInt128 _counter;
    private Vector128<byte> _keyStream;
    private int _left; // bytes at its end

    /// <param name="key">The key.</param>
    /// <param name="counter">The first counter block.</param>
    internal AesCounterMode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> counter)
        : this(key, counter, HasInstructions)
    {
    }

    /// <param name="key">The key.</param>
    /// <param name="counter">The first counter block.</param>
    /// <param name="byInstructions">Whether the processor's instructions are used; only where <see cref="HasInstructions"/>.</param>
    internal AesCounterMode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> counter, bool byInstructions)
    {
        _counter = BinaryPrimitives.ReadUInt128BigEndian(counter);
        if (byInstructions)
        {
            AesRoundKeys.Expand(key, MemoryMarshal.AsBytes(_roundKeys.AsSpan()));
        }
        else
        {
            _engine = new AesEngine();
            _engine.Init(forEncryption: true, new KeyParameter(key));
        }
    }

    /// <summary>Whether this processor has instructions for AES.</summary>
    internal static bool HasInstructions => X86Aes.IsSupported || ArmAes.IsSupported;

    /// <summary>Encrypts or decrypts the next bytes of the stream. Source and destination may be the same.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">At least as many.</param>
    internal void Apply(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        int done = UseLeft(source, destination);
        if (_engine is null)
        {
            done += ApplyBlocks(source[done..], destination[done..]);
        }

        while (done < source.Length)
        {
            _keyStream = NextBlock();
            _left = BlockSize;
            done += UseLeft(source[done..], destination[done..]);
        }
    }

    /// <summary>Zeroes the key, and what is left of the key stream. BouncyCastle's engine keeps the copy that it has made of a key.</summary>
    internal void Clear()
    {
        Array.Clear(_roundKeys);
        (_keyStream, _left) = (default, 0);
    }

    /// <summary>Uses what is left of the last block.</summary>
    /// <returns>How many bytes that was.</returns>
    private int UseLeft(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int count = Math.Min(_left, source.Length);
        int start = BlockSize - _left;
        for (int i = 0; i < count; i++)
        {
            destination[i] = (byte)(source[i] ^ _keyStream.GetElement(start + i));
        }

        _left -= count;
        return count;
    }

    private Vector128<byte> NextBlock()
    {
        Vector128<byte> block = TakeCounter();
        if (_engine is null)
        {
            return X86Aes.IsSupported ? EncryptByX86(block) : EncryptByArm(block);
        }

        Span<byte> bytes = stackalloc byte[BlockSize];
        block.CopyTo(bytes);
        _engine.ProcessBlock(bytes, bytes);
        return Vector128.Create<byte>(bytes);
    }

    /// <summary>Goes on as far as whole groups of blocks reach.</summary>
    /// <returns>How many bytes that was.</returns>
    private int ApplyBlocks(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        const int group = BlocksAtOnce * BlockSize;
        int groups = source.Length / group;
        ref byte from = ref MemoryMarshal.GetReference(source), to = ref MemoryMarshal.GetReference(destination);
        for (int i = 0; i < groups; i++)
        {
            if (X86Aes.IsSupported)
            {
                ApplyGroupByX86(ref from, ref to);
            }
            else
            {
                for (int block = 0; block < BlocksAtOnce; block++)
                {
                    Vector128<byte> text = Vector128.LoadUnsafe(ref from, (nuint)(block * BlockSize));
                    (text ^ EncryptByArm(TakeCounter())).StoreUnsafe(ref to, (nuint)(block * BlockSize));
                }
            }

            from = ref Unsafe.Add(ref from, group);
            to = ref Unsafe.Add(ref to, group);
        }

        return groups * group;
    }

    /// <summary>Eight blocks side by side: the instruction for a round takes several cycles, and the next block's can begin in each of them.</summary>
    private void ApplyGroupByX86(ref byte from, ref byte to)
    {
        ref Vector128<byte> keys = ref MemoryMarshal.GetArrayDataReference(_roundKeys);
        Vector128<byte> key = keys;
        Vector128<byte> a = TakeCounter() ^ key, b = TakeCounter() ^ key, c = TakeCounter() ^ key, d = TakeCounter() ^ key;
        Vector128<byte> e = TakeCounter() ^ key, f = TakeCounter() ^ key, g = TakeCounter() ^ key, h = TakeCounter() ^ key;
        for (int round = 1; round < Rounds; round++)
        {
            key = Unsafe.Add(ref keys, round);
            (a, b, c, d) = (X86Aes.Encrypt(a, key), X86Aes.Encrypt(b, key), X86Aes.Encrypt(c, key), X86Aes.Encrypt(d, key));
            (e, f, g, h) = (X86Aes.Encrypt(e, key), X86Aes.Encrypt(f, key), X86Aes.Encrypt(g, key), X86Aes.Encrypt(h, key));
        }

        key = Unsafe.Add(ref keys, Rounds);
        (X86Aes.EncryptLast(a, key) ^ Vector128.LoadUnsafe(ref from)).StoreUnsafe(ref to);
        (X86Aes.EncryptLast(b, key) ^ Vector128.LoadUnsafe(ref from, BlockSize)).StoreUnsafe(ref to, BlockSize);
        (X86Aes.EncryptLast(c, key) ^ Vector128.LoadUnsafe(ref from, 2 * BlockSize)).StoreUnsafe(ref to, 2 * BlockSize);
        (X86Aes.EncryptLast(d, key) ^ Vector128.LoadUnsafe(ref from, 3 * BlockSize)).StoreUnsafe(ref to, 3 * BlockSize);
        (X86Aes.EncryptLast(e, key) ^ Vector128.LoadUnsafe(ref from, 4 * BlockSize)).StoreUnsafe(ref to, 4 * BlockSize);
        (X86Aes.EncryptLast(f, key) ^ Vector128.LoadUnsafe(ref from, 5 * BlockSize)).StoreUnsafe(ref to, 5 * BlockSize);
        (X86Aes.EncryptLast(g, key) ^ Vector128.LoadUnsafe(ref from, 6 * BlockSize)).StoreUnsafe(ref to, 6 * BlockSize);
        (X86Aes.EncryptLast(h, key) ^ Vector128.LoadUnsafe(ref from, 7 * BlockSize)).StoreUnsafe(ref to, 7 * BlockSize);
    }

    private Vector128<byte> EncryptByX86(Vector128<byte> block)
    {
        block ^= _roundKeys[0];
        for (int round = 1; round < Rounds; round++)
        {
            block = X86Aes.Encrypt(block, _roundKeys[round]);
        }

        return X86Aes.EncryptLast(block, _roundKeys[Rounds]);
    }

    private Vector128<byte> EncryptByArm(Vector128<byte> block)
    {
        for (int round = 0; round < Rounds - 1; round++)
        {
            block = ArmAes.MixColumns(ArmAes.Encrypt(block, _roundKeys[round]));
        }

        return ArmAes.Encrypt(block, _roundKeys[Rounds - 1]) ^ _roundKeys[Rounds];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<byte> TakeCounter()
    {
        UInt128 counter = _counter++;
        ulong high = (ulong)(counter >> 64), low = (ulong)counter;
        return BitConverter.IsLittleEndian
            ? Vector128.Create(BinaryPrimitives.ReverseEndianness(high), BinaryPrimitives.ReverseEndianness(low)).AsByte()
            : Vector128.Create(high, low).AsByte();
    }
}
