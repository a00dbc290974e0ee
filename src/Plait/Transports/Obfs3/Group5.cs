using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Plait.Transports.Obfs3;

/// <summary>
/// Powers in the group 5 of RFC 3526: modulo a prime P of 1,536 bits (O3-2). Montgomery's form over 64-bit limbs; no branch and no address
/// depends on a number.
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
    /// <param name="exponent">Big-endian, a multiple of 8 bytes, at most <see cref="Size"/>. How long it takes shows this length and no more.</param>
    /// <param name="result">Big-endian, <see cref="Size"/> bytes; left-padded with zeros.</param>
    internal static void Power(ReadOnlySpan<byte> number, ReadOnlySpan<byte> exponent, Span<byte> result)
    {
        if (Bmi2.X64.IsSupported) // asked once: the steps are a few instructions long
        {
            Power<ByBmi2>(number, exponent, result);
        }
        else
        {
            Power<Portable>(number, exponent, result);
        }
    }

    /// <summary>2 to the power of <paramref name="exponent"/>, modulo P.</summary>
    /// <inheritdoc cref="Power(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte})"/>
    internal static void PowerOfTwo(ReadOnlySpan<byte> exponent, Span<byte> result)
    {
        if (Bmi2.X64.IsSupported)
        {
            PowerOfTwo<ByBmi2>(exponent, result);
        }
        else
        {
            PowerOfTwo<Portable>(exponent, result);
        }
    }

    /// <summary>The same by one way of multiplying, for tests.</summary>
    internal static void Power<T>(ReadOnlySpan<byte> number, ReadOnlySpan<byte> exponent, Span<byte> result)
        where T : IHighMultiplication
    {
        Span<ulong> table = stackalloc ulong[WindowSize * Limbs];
        Span<ulong> power = stackalloc ulong[Limbs];
        Span<ulong> factor = stackalloc ulong[Limbs];
        Span<ulong> bits = stackalloc ulong[Limbs];
        Load(number, factor);
        Load(exponent, bits);
        s_one.CopyTo(table);
        Multiply<T>(factor, s_square, table[Limbs..]);
        for (int i = 2; i < WindowSize; i++)
        {
            Multiply<T>(table.Slice((i - 1) * Limbs, Limbs), table.Slice(Limbs, Limbs), table.Slice(i * Limbs, Limbs));
        }

        s_one.CopyTo(power);
        for (int position = 8 * exponent.Length / WindowBits * WindowBits; position >= 0; position -= WindowBits)
        {
            for (int i = 0; i < WindowBits; i++)
            {
                Square<T>(power);
            }

            Select(table, Window(bits, position, WindowBits), factor);
            Multiply<T>(power, factor, power);
        }

        Store<T>(power, result);
        Zero(table, factor, bits, power);
    }

    /// <inheritdoc cref="Power{T}"/>
    internal static void PowerOfTwo<T>(ReadOnlySpan<byte> exponent, Span<byte> result)
        where T : IHighMultiplication
    {
        Span<ulong> power = stackalloc ulong[Limbs];
        Span<ulong> bits = stackalloc ulong[Limbs];
        Load(exponent, bits);
        s_one.CopyTo(power);
        for (int position = 8 * exponent.Length / ShiftWindowBits * ShiftWindowBits; position >= 0; position -= ShiftWindowBits)
        {
            for (int i = 0; i < ShiftWindowBits; i++)
            {
                Square<T>(power);
            }

            ShiftLeft<T>(power, Window(bits, position, ShiftWindowBits));
        }

        Store<T>(power, result);
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
        if (limb >= Limbs)
        {
            return 0;
        }

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
    private static void ShiftLeft<T>(Span<ulong> value, int by)
        where T : IHighMultiplication
    {
        ulong over = 0;
        for (int i = 0; i < Limbs; i++)
        {
            ulong limb = value[i];
            value[i] = (limb << by) | over;
            over = limb >> 1 >> (63 - by); // by may be 0
        }

        // What is over R counts R − P each; that may bring one more over.
        over = AddTimesOne<T>(value, over);
        over = AddTimesOne<T>(value, over);
        SubtractPrime(value, over, value);
    }

    /// <summary>Adds R − P so many times.</summary>
    /// <returns>What is over R.</returns>
    private static ulong AddTimesOne<T>(Span<ulong> value, ulong times)
        where T : IHighMultiplication
    {
        ulong low = 0, middle = 0, high = 0;
        for (int i = 0; i < Limbs; i++)
        {
            Accumulate(value[i], ref low, ref middle, ref high);
            MultiplyAdd<T>(s_one[i], times, ref low, ref middle, ref high);
            value[i] = low;
            (low, middle, high) = (middle, high, 0);
        }

        return low;
    }

    [SkipLocalsInit]
    private static void Multiply<T>(ReadOnlySpan<ulong> left, ReadOnlySpan<ulong> right, Span<ulong> result)
        where T : IHighMultiplication
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        ref ulong one = ref MemoryMarshal.GetReference(left), other = ref MemoryMarshal.GetReference(right);
        ulong low = 0, middle = 0, high = 0;
        for (int column = 0; column < (2 * Limbs) - 1; column++)
        {
            int first = Math.Max(0, column - Limbs + 1), last = Math.Min(column, Limbs - 1);
            Column<T>(ref Unsafe.Add(ref one, first), ref Unsafe.Add(ref other, column - first), last - first + 1, ref low, ref middle, ref high);
            product[column] = low;
            (low, middle, high) = (middle, high, 0);
        }

        product[(2 * Limbs) - 1] = low;
        Reduce<T>(product, result);
    }

    [SkipLocalsInit]
    private static void Square<T>(Span<ulong> value)
        where T : IHighMultiplication
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        ref ulong number = ref MemoryMarshal.GetReference(value);
        ulong low = 0, middle = 0, high = 0;
        for (int column = 0; column < (2 * Limbs) - 1; column++)
        {
            // Each product of two different limbs once, and then twice.
            int first = Math.Max(0, column - Limbs + 1), count = (Math.Min(column, Limbs - 1) - first + 1) / 2;
            ulong lowHalf = 0, middleHalf = 0, highHalf = 0;
            Column<T>(ref Unsafe.Add(ref number, first), ref Unsafe.Add(ref number, column - first), count, ref lowHalf, ref middleHalf, ref highHalf);
            highHalf = (highHalf << 1) | (middleHalf >> 63);
            middleHalf = (middleHalf << 1) | (lowHalf >> 63);
            lowHalf <<= 1;
            if ((column & 1) == 0)
            {
                ulong limb = Unsafe.Add(ref number, column / 2);
                MultiplyAdd<T>(limb, limb, ref lowHalf, ref middleHalf, ref highHalf);
            }

            ulong carry = 0;
            product[column] = Add(low, lowHalf, ref carry);
            low = Add(middle, middleHalf, ref carry);
            middle = high + highHalf + carry;
            high = 0;
        }

        product[(2 * Limbs) - 1] = low;
        Reduce<T>(product, value);
    }

    /// <summary>Montgomery's reduction: the product divided by R, modulo P.</summary>
    [SkipLocalsInit]
    private static void Reduce<T>(Span<ulong> product, Span<ulong> result)
        where T : IHighMultiplication
    {
        Span<ulong> multiples = stackalloc ulong[Limbs];
        ref ulong multiple = ref MemoryMarshal.GetReference(multiples);
        ref ulong prime = ref MemoryMarshal.GetArrayDataReference(s_prime);
        ulong low = 0, middle = 0, high = 0;
        for (int column = 0; column < Limbs; column++)
        {
            Accumulate(product[column], ref low, ref middle, ref high);
            Column<T>(ref multiple, ref Unsafe.Add(ref prime, column), column, ref low, ref middle, ref high);

            // The multiple of P that leaves 0 in this column: m × (2^64 − 1) + m leaves 0 and carries m.
            multiples[column] = low;
            (low, middle, high) = (middle, high, 0);
            Accumulate(multiples[column], ref low, ref middle, ref high);
        }

        for (int column = Limbs; column < (2 * Limbs) - 1; column++)
        {
            Accumulate(product[column], ref low, ref middle, ref high);
            int first = column - Limbs + 1;
            Column<T>(ref Unsafe.Add(ref multiple, first), ref Unsafe.Add(ref prime, Limbs - 1), Limbs - first, ref low, ref middle, ref high);
            product[column] = low;
            (low, middle, high) = (middle, high, 0);
        }

        Accumulate(product[(2 * Limbs) - 1], ref low, ref middle, ref high);
        product[(2 * Limbs) - 1] = low;
        SubtractPrime(product[Limbs..], middle, result);
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

    /// <summary>
    /// Adds the products of one column: limbs upwards from <paramref name="up"/> times limbs downwards from <paramref name="down"/>. Column by column,
    /// because then no step waits for the carry of the one before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column<T>(ref ulong up, ref ulong down, int count, ref ulong low, ref ulong middle, ref ulong high)
        where T : IHighMultiplication
    {
        ulong sum = low, next = middle, top = high;
        for (; count >= 4; count -= 4)
        {
            MultiplyAdd<T>(up, down, ref sum, ref next, ref top);
            MultiplyAdd<T>(Unsafe.Add(ref up, 1), Unsafe.Add(ref down, -1), ref sum, ref next, ref top);
            MultiplyAdd<T>(Unsafe.Add(ref up, 2), Unsafe.Add(ref down, -2), ref sum, ref next, ref top);
            MultiplyAdd<T>(Unsafe.Add(ref up, 3), Unsafe.Add(ref down, -3), ref sum, ref next, ref top);
            up = ref Unsafe.Add(ref up, 4);
            down = ref Unsafe.Subtract(ref down, 4);
        }

        for (; count > 0; count--)
        {
            MultiplyAdd<T>(up, down, ref sum, ref next, ref top);
            up = ref Unsafe.Add(ref up, 1);
            down = ref Unsafe.Subtract(ref down, 1);
        }

        (low, middle, high) = (sum, next, top);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd<T>(ulong one, ulong other, ref ulong low, ref ulong middle, ref ulong high)
        where T : IHighMultiplication
    {
        ulong upper = T.High(one, other), lower = one * other;
        low += lower;
        upper += low < lower ? 1ul : 0; // at most 2^64 − 1: the upper half of a product is at most 2^64 − 2
        middle += upper;
        high += middle < upper ? 1ul : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(ulong value, ref ulong low, ref ulong middle, ref ulong high)
    {
        low += value;
        ulong carry = low < value ? 1ul : 0;
        middle += carry;
        high += middle < carry ? 1ul : 0;
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
        limbs.Clear();
        for (int i = 0; i < number.Length / sizeof(ulong); i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64BigEndian(number[^(8 * (i + 1))..]);
        }
    }

    /// <summary>Leads out of Montgomery's form, and writes the number.</summary>
    private static void Store<T>(Span<ulong> limbs, Span<byte> number)
        where T : IHighMultiplication
    {
        Span<ulong> product = stackalloc ulong[2 * Limbs];
        product.Clear();
        limbs.CopyTo(product);
        Reduce<T>(product, limbs);
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
