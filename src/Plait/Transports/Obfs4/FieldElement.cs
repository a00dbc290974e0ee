using System.Buffers.Binary;

namespace Plait.Transports.Obfs4;

/// <summary>
/// A number modulo p = 2^255 - 19, in five limbs of 51 bits. For the maps of Elligator 2 only, whose inputs are public: the time of a
/// comparison may depend on them. A limb of a value has at most 52 bits.
/// </summary>
internal readonly struct FieldElement
{
    private const int LimbBits = 51;
    private const ulong LimbMask = (1UL << LimbBits) - 1;

    // 2p, limb by limb: added before a subtraction, so that no limb becomes negative.
    private const ulong TwoP0 = 0xF_FFFF_FFFF_FFDA;
    private const ulong TwoP = 0xF_FFFF_FFFF_FFFE;

    private readonly ulong _0;
    private readonly ulong _1;
    private readonly ulong _2;
    private readonly ulong _3;
    private readonly ulong _4;

    private FieldElement(ulong limb0, ulong limb1, ulong limb2, ulong limb3, ulong limb4) =>
        (_0, _1, _2, _3, _4) = (limb0, limb1, limb2, limb3, limb4);

    internal static FieldElement Zero => default;

    internal static FieldElement One => new(1, 0, 0, 0, 0);

    /// <summary>A root of -1: 2^((p - 1) / 4).</summary>
    internal static FieldElement RootOfMinusOne { get; } =
        Read(Convert.FromHexString("b0a00e4a271beec478e42fad0618432fa7d7fb3d99004d2b0bdfc14f8024832b"));

    /// <summary>A small number.</summary>
    internal static FieldElement Of(uint number) => new(number, 0, 0, 0, 0);

    /// <summary>Reads 32 bytes, little-endian; the highest bit is dropped.</summary>
    internal static FieldElement Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes) & LimbMask,
        (BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..]) >> 3) & LimbMask,
        (BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]) >> 6) & LimbMask,
        (BinaryPrimitives.ReadUInt64LittleEndian(bytes[19..]) >> 1) & LimbMask,
        (BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]) >> 12) & LimbMask);

    /// <summary>Writes 32 bytes, little-endian: the representative below p.</summary>
    internal void Write(Span<byte> bytes)
    {
        FieldElement reduced = Carry(_0, _1, _2, _3, _4);
        (ulong l0, ulong l1, ulong l2, ulong l3, ulong l4) = (reduced._0, reduced._1, reduced._2, reduced._3, reduced._4);

        // The value is below 2p: it is p or more exactly if adding 19 carries out of the last limb.
        ulong over = (l0 + 19) >> LimbBits;
        over = (l1 + over) >> LimbBits;
        over = (l2 + over) >> LimbBits;
        over = (l3 + over) >> LimbBits;
        over = (l4 + over) >> LimbBits;
        l0 += 19 * over;
        l1 += l0 >> LimbBits;
        l2 += l1 >> LimbBits;
        l3 += l2 >> LimbBits;
        l4 += l3 >> LimbBits;
        (l0, l1, l2, l3, l4) = (l0 & LimbMask, l1 & LimbMask, l2 & LimbMask, l3 & LimbMask, l4 & LimbMask);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, l0 | (l1 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (l1 >> 13) | (l2 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], (l2 >> 26) | (l3 << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], (l3 >> 39) | (l4 << 12));
    }

    public static FieldElement operator +(in FieldElement a, in FieldElement b) =>
        Carry(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3, a._4 + b._4);

    public static FieldElement operator -(in FieldElement a, in FieldElement b) =>
        Carry(a._0 + TwoP0 - b._0, a._1 + TwoP - b._1, a._2 + TwoP - b._2, a._3 + TwoP - b._3, a._4 + TwoP - b._4);

    public static FieldElement operator -(in FieldElement a) => Zero - a;

    public static FieldElement operator *(in FieldElement a, in FieldElement b)
    {
        // 2^255 is 19: a product that is too high by one turn of the limbs comes back times 19.
        (ulong b1, ulong b2, ulong b3, ulong b4) = (b._1 * 19, b._2 * 19, b._3 * 19, b._4 * 19);
        UInt128 r0 = Math.BigMul(a._0, b._0) + Math.BigMul(a._1, b4) + Math.BigMul(a._2, b3) + Math.BigMul(a._3, b2) + Math.BigMul(a._4, b1);
        UInt128 r1 = Math.BigMul(a._0, b._1) + Math.BigMul(a._1, b._0) + Math.BigMul(a._2, b4) + Math.BigMul(a._3, b3) + Math.BigMul(a._4, b2);
        UInt128 r2 = Math.BigMul(a._0, b._2) + Math.BigMul(a._1, b._1) + Math.BigMul(a._2, b._0) + Math.BigMul(a._3, b4) + Math.BigMul(a._4, b3);
        UInt128 r3 = Math.BigMul(a._0, b._3) + Math.BigMul(a._1, b._2) + Math.BigMul(a._2, b._1) + Math.BigMul(a._3, b._0) + Math.BigMul(a._4, b4);
        UInt128 r4 = Math.BigMul(a._0, b._4) + Math.BigMul(a._1, b._3) + Math.BigMul(a._2, b._2) + Math.BigMul(a._3, b._1) + Math.BigMul(a._4, b._0);
        return Carry(r0, r1, r2, r3, r4);
    }

    internal FieldElement Squared()
    {
        (ulong d0, ulong d1, ulong d2) = (_0 * 2, _1 * 2, _2 * 2);
        (ulong n3, ulong n4) = (_3 * 19, _4 * 19);
        UInt128 r0 = Math.BigMul(_0, _0) + Math.BigMul(d1, n4) + Math.BigMul(d2, n3);
        UInt128 r1 = Math.BigMul(d0, _1) + Math.BigMul(d2, n4) + Math.BigMul(_3, n3);
        UInt128 r2 = Math.BigMul(d0, _2) + Math.BigMul(_1, _1) + Math.BigMul(_3 * 2, n4);
        UInt128 r3 = Math.BigMul(d0, _3) + Math.BigMul(d1, _2) + Math.BigMul(_4, n4);
        UInt128 r4 = Math.BigMul(d0, _4) + Math.BigMul(d1, _3) + Math.BigMul(_2, _2);
        return Carry(r0, r1, r2, r3, r4);
    }

    /// <summary>1 / this; 0 for 0. This to the power p - 2.</summary>
    internal FieldElement Inverted() => Power2To250Minus1(out FieldElement power11).Squared(5) * power11;

    /// <summary>Whether this is a square, 0 included: this to the power (p - 1) / 2 is not -1.</summary>
    internal bool IsSquare()
    {
        FieldElement power2 = Squared();
        FieldElement power6 = power2.Squared() * power2;
        FieldElement symbol = Power2To250Minus1(out _).Squared(4) * power6;
        return symbol.IsEqualTo(One) || symbol.IsZero();
    }

    /// <summary>A root of <paramref name="numerator"/> / <paramref name="denominator"/>.</summary>
    /// <returns>False if the quotient is no square, or its denominator is 0.</returns>
    internal static bool TryRootOfRatio(in FieldElement numerator, in FieldElement denominator, out FieldElement root)
    {
        // RFC 8032, section 5.1.3: n d^3 (n d^7)^((p - 5) / 8) is a root up to the factor of a fourth root of 1.
        FieldElement cube = denominator.Squared() * denominator;
        FieldElement base7 = numerator * cube.Squared() * denominator;
        root = numerator * cube * base7.Power2To252Minus3();
        FieldElement check = denominator * root.Squared();
        if (check.IsEqualTo(numerator))
        {
            return !denominator.IsZero();
        }

        root *= RootOfMinusOne;
        return check.IsEqualTo(-numerator);
    }

    /// <summary>The one of this and its negative that is (p - 1) / 2 at most: the one whose double is even.</summary>
    internal FieldElement Smaller()
    {
        Span<byte> twice = stackalloc byte[32];
        (this + this).Write(twice);
        return (twice[0] & 1) == 0 ? this : -this;
    }

    internal bool IsZero() => IsEqualTo(Zero);

    internal bool IsEqualTo(in FieldElement other)
    {
        Span<byte> here = stackalloc byte[32];
        Span<byte> there = stackalloc byte[32];
        Write(here);
        other.Write(there);
        return here.SequenceEqual(there);
    }

    private FieldElement Squared(int times)
    {
        FieldElement result = Squared();
        for (int i = 1; i < times; i++)
        {
            result = result.Squared();
        }

        return result;
    }

    private FieldElement Power2To252Minus3() => Power2To250Minus1(out _).Squared(2) * this;

    /// <summary>This to the power 2^250 - 1, by the usual chain of Curve25519; and to the power 11 on the way.</summary>
    private FieldElement Power2To250Minus1(out FieldElement power11)
    {
        FieldElement power2 = Squared();
        FieldElement power9 = power2.Squared(2) * this;
        power11 = power9 * power2;
        FieldElement ones5 = power11.Squared() * power9; // 2^5 - 1
        FieldElement ones10 = ones5.Squared(5) * ones5;
        FieldElement ones20 = ones10.Squared(10) * ones10;
        FieldElement ones40 = ones20.Squared(20) * ones20;
        FieldElement ones50 = ones40.Squared(10) * ones10;
        FieldElement ones100 = ones50.Squared(50) * ones50;
        FieldElement ones200 = ones100.Squared(100) * ones100;
        return ones200.Squared(50) * ones50;
    }

    private static FieldElement Carry(UInt128 r0, UInt128 r1, UInt128 r2, UInt128 r3, UInt128 r4)
    {
        r1 += (ulong)(r0 >> LimbBits);
        r2 += (ulong)(r1 >> LimbBits);
        r3 += (ulong)(r2 >> LimbBits);
        r4 += (ulong)(r3 >> LimbBits);
        ulong l0 = ((ulong)r0 & LimbMask) + (19 * (ulong)(r4 >> LimbBits));
        return new(l0 & LimbMask, ((ulong)r1 & LimbMask) + (l0 >> LimbBits), (ulong)r2 & LimbMask, (ulong)r3 & LimbMask, (ulong)r4 & LimbMask);
    }

    private static FieldElement Carry(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4)
    {
        l1 += l0 >> LimbBits;
        l2 += l1 >> LimbBits;
        l3 += l2 >> LimbBits;
        l4 += l3 >> LimbBits;
        l0 = (l0 & LimbMask) + (19 * (l4 >> LimbBits));
        return new(l0 & LimbMask, (l1 & LimbMask) + (l0 >> LimbBits), l2 & LimbMask, l3 & LimbMask, l4 & LimbMask);
    }
}
