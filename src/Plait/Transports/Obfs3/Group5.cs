using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Plait.Transports.Obfs3;

/// <summary>
/// Powers in the group 5 of RFC 3526: modulo a prime P of 1,536 bits (O3-2). Montgomery's form over 64-bit limbs; no branch and no address
/// depends on a secret.
/// </summary>
/// <remarks>
/// The lowest limb of P is 2^64 − 1. Its negative inverse modulo 2^64, which every step of a Montgomery reduction multiplies by, is 1, and the
/// lowest limb of each step needs no multiplication.
/// </remarks>
internal static class Group5
{
    /// <summary>Bytes of a number of the group.</summary>
    internal const int Size = 192;

    private const int Limbs = Size / sizeof(ulong);
    private const int WindowBits = 5;
    private const int WindowSize = 1 << WindowBits;

    // Twice a power of two costs a shift instead of a multiplication; a shift by less than a limb.
    private const int ShiftWindowBits = 6;

    private const string Prime =
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
        + "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
        + "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA237327FFFFFFFFFFFFFFFF";

    private static readonly ulong[] s_prime = LimbsOf(Convert.FromHexString(Prime));
    private static readonly ulong[] s_one = LimbsOf(Reduced(BigInteger.One << (64 * Limbs))); // 1 in Montgomery's form: R mod P, which is R − P
    private static readonly ulong[] s_square = LimbsOf(Reduced(BigInteger.One << (2 * 64 * Limbs))); // R² mod P: leads into that form

    /// <summary><paramref name="number"/> to the power of <paramref name="exponent"/>, modulo P. Any number of this size may be given, also P and more.</summary>
    /// <param name="number">Big-endian, <see cref="Size"/> bytes.</param>
    /// <param name="exponent">The same.</param>
    /// <param name="result">The same; left-padded with zeros.</param>
    internal static void Power(ReadOnlySpan<byte> number, ReadOnlySpan<byte> exponent, Span<byte> result)
    {
        Span<ulong> table = stackalloc ulong[WindowSize * Limbs];
        Span<ulong> power = stackalloc ulong[Limbs];
        Span<ulong> factor = stackalloc ulong[Limbs];
        Span<ulong> bits = stackalloc ulong[Limbs];
        Load(number, factor);
        Load(exponent, bits);
        s_one.CopyTo(table);
        Multiply(factor, s_square, table[Limbs..]);
        for (int i = 2; i < WindowSize; i++)
        {
            Multiply(table.Slice((i - 1) * Limbs, Limbs), table.Slice(Limbs, Limbs), table.Slice(i * Limbs, Limbs));
        }

        s_one.CopyTo(power);
        for (int position = (64 * Limbs / WindowBits * WindowBits); position >= 0; position -= WindowBits)
        {
            for (int i = 0; i < WindowBits; i++)
            {
                Square(power);
            }

            Select(table, Window(bits, position, WindowBits), factor);
            Multiply(power, factor, power);
        }

        Store(power, result);
        Zero(table, factor, bits, power);
    }

    /// <summary>2 to the power of <paramref name="exponent"/>, modulo P.</summary>
    /// <inheritdoc cref="Power"/>
    internal static void PowerOfTwo(ReadOnlySpan<byte> exponent, Span<byte> result)
    {
        Span<ulong> power = stackalloc ulong[Limbs];
        Span<ulong> bits = stackalloc ulong[Limbs];
        Load(exponent, bits);
        s_one.CopyTo(power);
        for (int position = 64 * Limbs - ShiftWindowBits; position >= 0; position -= ShiftWindowBits)
        {
            for (int i = 0; i < ShiftWindowBits; i++)
            {
                Square(power);
            }

            ShiftLeft(power, Window(bits, position, ShiftWindowBits));
        }

        Store(power, result);
        Zero(power, bits);
    }

    /// <summary>P − <paramref name="number"/> if <paramref name="negate"/> is 1, the number itself if it is 0. For a number from 1 to P − 1.</summary>
    internal static void Negate(Span<byte> number, uint negate)
    {
        Span<ulong> value = stackalloc ulong[Limbs];
        Load(number, value);
        ulong mask = 0ul - negate;
        ulong borrow = 0;
        for (int i = 0; i < Limbs; i++)
        {
            ulong difference = Subtract(s_prime[i], value[i], ref borrow);
            value[i] ^= mask & (value[i] ^ difference);
        }

        StorePlain(value, number);
        Zero(value);
    }

    /// <summary>The bits of an exponent from <paramref name="position"/> on; those beyond it are 0.</summary>
    private static int Window(ReadOnlySpan<ulong> bits, int position, int width)
    {
        int limb = position >> 6, shift = position & 63;
        ulong window = bits[limb] >> shift;
        if (shift + width > 64 && limb + 1 < Limbs)
        {
            window |= bits[limb + 1] << (64 - shift);
        }

        return (int)(window & ((1ul << width) - 1));
    }

    /// <summary>Reads the whole table, so that its place in the cache does not show which entry was wanted.</summary>
    private static void Select(ReadOnlySpan<ulong> table, int wanted, Span<ulong> entry)
    {
        entry.Clear();
        for (int i = 0; i < WindowSize; i++)
        {
            ulong mask = 0ul - (ulong)(((uint)(i ^ wanted) - 1) >> 31); // all ones if equal
            ReadOnlySpan<ulong> candidate = table.Slice(i * Limbs, Limbs);
            for (int limb = 0; limb < Limbs; limb++)
            {
                entry[limb] |= candidate[limb] & mask;
            }
        }
    }

    /// <summary>Multiplies by 2 to the power of less than 64.</summary>
    private static void ShiftLeft(Span<ulong> value, int by)
    {
        ulong over = 0;
        for (int i = 0; i < Limbs; i++)
        {
            ulong limb = value[i];
            value[i] = (limb << by) | over;
            over = limb >> 1 >> (63 - by); // by may be 0
        }

        // What is over R counts R − P each; that may bring one more over.
        over = MultiplyAdd(ref MemoryMarshal.GetReference(value), ref MemoryMarshal.GetArrayDataReference(s_one), Limbs, over);
        over = MultiplyAdd(ref MemoryMarshal.GetReference(value), ref MemoryMarshal.GetArrayDataReference(s_one), Limbs, over);
        SubtractPrime(value, over, value);
    }

    [SkipLocalsInit]
    private static void Multiply(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> result)
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        product[..Limbs].Clear();
        ref ulong low = ref MemoryMarshal.GetReference(product);
        ref ulong second = ref MemoryMarshal.GetReference(right);
        for (int i = 0; i < Limbs; i++)
        {
            Unsafe.Add(ref low, i + Limbs) = MultiplyAdd(ref Unsafe.Add(ref low, i), ref second, Limbs, left[i]);
        }

        Reduce(product, result);
    }

    [SkipLocalsInit]
    private static void Square(Span<ulong> value)
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        product[..Limbs].Clear();
        ref ulong low = ref MemoryMarshal.GetReference(product);
        ref ulong number = ref MemoryMarshal.GetReference(value);
        for (int i = 0; i < Limbs; i++) // each product of two different limbs once
        {
            Unsafe.Add(ref low, i + Limbs) = MultiplyAdd(
                ref Unsafe.Add(ref low, 2 * i + 1), ref Unsafe.Add(ref number, i + 1), Limbs - i - 1, Unsafe.Add(ref number, i));
        }

        ulong top = 0, carry = 0; // twice those, and the squares of the limbs
        for (int i = 0; i < Limbs; i++)
        {
            ulong limb = Unsafe.Add(ref number, i);
            ulong high = Math.BigMul(limb, limb, out ulong square);
            ref ulong one = ref Unsafe.Add(ref low, 2 * i), other = ref Unsafe.Add(ref low, 2 * i + 1);
            ulong first = (one << 1) | top, next = (other << 1) | (one >> 63);
            top = other >> 63;
            one = Add(first, square, ref carry);
            other = Add(next, high, ref carry);
        }

        Reduce(product, value);
    }

    /// <summary>Montgomery's reduction: the product divided by R, modulo P.</summary>
    private static void Reduce(Span<ulong> product, Span<ulong> result)
    {
        ref ulong low = ref MemoryMarshal.GetReference(product);
        ref ulong prime = ref MemoryMarshal.GetArrayDataReference(s_prime);
        ulong over = 0;
        for (int i = 0; i < Limbs; i++)
        {
            // m × P + the product, whose lowest limb m is: m × (2^64 − 1) + m leaves 0 and carries m.
            ulong m = Unsafe.Add(ref low, i);
            ulong carry = MultiplyAdd(ref Unsafe.Add(ref low, i + 1), ref Unsafe.Add(ref prime, 1), Limbs - 1, m, m);
            ref ulong end = ref Unsafe.Add(ref low, i + Limbs);
            end = Add(end, carry, ref over);
        }

        SubtractPrime(product[Limbs..], over, result);
    }

    /// <summary>Subtracts P once if the value, with what is over its limbs, is P or more.</summary>
    private static void SubtractPrime(ReadOnlySpan<ulong> value, ulong over, Span<ulong> result)
    {
        Span<ulong> difference = stackalloc ulong[Limbs];
        ulong borrow = 0;
        for (int i = 0; i < Limbs; i++)
        {
            difference[i] = Subtract(value[i], s_prime[i], ref borrow);
        }

        ulong mask = 0ul - (over | (borrow ^ 1)); // all ones: the difference is the result
        for (int i = 0; i < Limbs; i++)
        {
            result[i] = value[i] ^ (mask & (value[i] ^ difference[i]));
        }
    }

    /// <summary>Adds <paramref name="factor"/> times a number to another one.</summary>
    /// <returns>What is carried beyond its limbs.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong MultiplyAdd(ref ulong sum, ref ulong number, int count, ulong factor, ulong carry = 0)
    {
        int i = 0;
        for (; i + 4 <= count; i += 4)
        {
            Step(ref Unsafe.Add(ref sum, i), Unsafe.Add(ref number, i), factor, ref carry);
            Step(ref Unsafe.Add(ref sum, i + 1), Unsafe.Add(ref number, i + 1), factor, ref carry);
            Step(ref Unsafe.Add(ref sum, i + 2), Unsafe.Add(ref number, i + 2), factor, ref carry);
            Step(ref Unsafe.Add(ref sum, i + 3), Unsafe.Add(ref number, i + 3), factor, ref carry);
        }

        for (; i < count; i++)
        {
            Step(ref Unsafe.Add(ref sum, i), Unsafe.Add(ref number, i), factor, ref carry);
        }

        return carry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref ulong sum, ulong limb, ulong factor, ref ulong carry)
    {
        ulong high = Math.BigMul(limb, factor, out ulong low);
        low += carry;
        high += low < carry ? 1ul : 0;
        ulong total = sum + low;
        high += total < low ? 1ul : 0;
        sum = total;
        carry = high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Add(ulong one, ulong other, ref ulong carry)
    {
        ulong sum = one + other;
        ulong over = sum < one ? 1ul : 0;
        ulong total = sum + carry;
        carry = over + (total < sum ? 1ul : 0);
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Subtract(ulong one, ulong other, ref ulong borrow)
    {
        ulong difference = one - other;
        ulong under = one < other ? 1ul : 0;
        ulong total = difference - borrow;
        borrow = under + (difference < borrow ? 1ul : 0);
        return total;
    }

    private static void Load(ReadOnlySpan<byte> number, Span<ulong> limbs)
    {
        for (int i = 0; i < Limbs; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64BigEndian(number[(Size - (8 * (i + 1)))..]);
        }
    }

    /// <summary>Leads out of Montgomery's form, and writes the number.</summary>
    private static void Store(Span<ulong> limbs, Span<byte> number)
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        product.Clear();
        limbs.CopyTo(product);
        Reduce(product, limbs);
        StorePlain(limbs, number);
        Zero(product);
    }

    private static void StorePlain(ReadOnlySpan<ulong> limbs, Span<byte> number)
    {
        for (int i = 0; i < Limbs; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(number[(Size - (8 * (i + 1)))..], limbs[i]);
        }
    }

    private static void Zero(Span<ulong> one, Span<ulong> other = default, Span<ulong> third = default, Span<ulong> fourth = default)
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(one));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(other));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(third));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(fourth));
    }

    private static byte[] Reduced(BigInteger number)
    {
        byte[] bytes = BigInteger.Remainder(number, new BigInteger(Convert.FromHexString(Prime), isUnsigned: true, isBigEndian: true))
            .ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] padded = new byte[Size];
        bytes.CopyTo(padded, Size - bytes.Length);
        return padded;
    }

    private static ulong[] LimbsOf(byte[] number)
    {
        ulong[] limbs = new ulong[Limbs];
        Load(number, limbs);
        return limbs;
    }
}
