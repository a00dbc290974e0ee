using System.Buffers.Binary;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>A source of numbers from 0 to 2^63 - 1.</summary>
internal interface IInt63
{
    /// <summary>The next number.</summary>
    long Next();
}

/// <summary>The system's random numbers.</summary>
internal readonly struct SystemInt63 : IInt63
{
    public long Next()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        SecureRandom.Fill(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes) & long.MaxValue;
    }
}

/// <summary>Numbers in ranges, drawn as Go's math/rand does: what a seed yields has to agree with other implementations (O4-39).</summary>
internal static class GoRandom
{
    /// <summary>A number from 0 up to, and without, <paramref name="limit"/>.</summary>
    internal static int Below<TSource>(ref TSource source, int limit)
        where TSource : struct, IInt63
    {
        if ((limit & (limit - 1)) == 0)
        {
            return Int31(ref source) & (limit - 1);
        }

        int fair = (int)(int.MaxValue - ((1U << 31) % (uint)limit)); // beyond it, small numbers would be likelier
        int value;
        do
        {
            value = Int31(ref source);
        }
        while (value > fair);
        return value % limit;
    }

    /// <summary>A number from 0 up to, and without, 1.</summary>
    internal static double Fraction<TSource>(ref TSource source)
        where TSource : struct, IInt63
    {
        double value;
        do
        {
            value = source.Next() / 9223372036854775808.0; // 2^63; the division can round up to 1
        }
        while (value == 1);
        return value;
    }

    private static int Int31<TSource>(ref TSource source)
        where TSource : struct, IInt63 => (int)(source.Next() >> 32);
}
