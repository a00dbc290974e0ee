using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>
/// The maps of Elligator 2 between public keys of Curve25519 and strings that look random (O4-22 to O4-25, O4-27). The curve is
/// v^2 = u^3 + Au^2 + u over the field of 2^255 - 19, with A = 486662.
/// </summary>
internal static class Elligator
{
    internal const int Size = 32;

    // The highest two bits of a representative carry nothing: decoding drops them, encoding fills them from the tweak.
    private const byte FreeBits = 0xC0;

    // Multiples 0 to 7 of a point of order 8 on edwards25519, encoded (O4-24).
    private static readonly byte[][] s_lowOrder =
    [
        [1, .. new byte[31]],
        Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        new byte[32],
        Convert.FromHexString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        Convert.FromHexString("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        Convert.FromHexString("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
        [.. new byte[31], 0x80],
        Convert.FromHexString("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    ];

    private static readonly FieldElement s_a = FieldElement.Of(486662);

    /// <summary>The direct map: the public key that a representative stands for. Each 32 bytes are a representative (O4-23).</summary>
    internal static void Decode(ReadOnlySpan<byte> representative, Span<byte> publicKey)
    {
        Span<byte> masked = stackalloc byte[Size];
        representative[..Size].CopyTo(masked);
        masked[^1] &= unchecked((byte)~FreeBits);
        FieldElement r = FieldElement.Read(masked);

        // u = -A / w, which is not 0. u^3 + Au^2 + u is a square if and only if it is one times w^4. -1/2 is no square, so w is not 0.
        FieldElement twice = r + r;
        FieldElement w = FieldElement.One + (twice * r);
        FieldElement curve = -s_a * ((s_a * s_a) - (s_a * s_a * w) + w.Squared()) * w;
        FieldElement u = -s_a * w.Inverted();
        if (!curve.IsSquare())
        {
            u = -u - s_a;
        }

        u.Write(publicKey);
    }

    /// <summary>
    /// The "dirty" public key of a private key: on the whole curve, not only in the subgroup of prime order, so that its representative is
    /// uniform (O4-24, O4-48). And its representative.
    /// </summary>
    /// <param name="privateKey">32 bytes, unclamped: its low bits choose the point of low order.</param>
    /// <param name="tweak">Bit 0 chooses one of the two representatives, bits 6 and 7 become the highest bits (O4-25).</param>
    /// <param name="publicKey">Receives the public key, 32 bytes; meaningless without a representative.</param>
    /// <param name="representative">Receives its representative, 32 bytes.</param>
    /// <returns>False for about half of the keys, which have none.</returns>
    internal static bool TryEncode(ReadOnlySpan<byte> privateKey, byte tweak, Span<byte> publicKey, Span<byte> representative)
    {
        Span<byte> prime = stackalloc byte[Size];
        Span<byte> point = stackalloc byte[Size];
        Sodium.EdwardsMultiplyBase(privateKey, prime);
        if (!Sodium.EdwardsAdd(prime, s_lowOrder[privateKey[0] & 7], point))
        {
            return false;
        }

        // u = (1 + y) / (1 - y): kept as a quotient, so that a key without a representative costs no inversion.
        FieldElement y = FieldElement.Read(point);
        FieldElement n = FieldElement.One + y;
        FieldElement d = FieldElement.One - y;
        FieldElement sum = n + (s_a * d); // (u + A) times d
        bool first = (tweak & 1) == 0;
        if (!FieldElement.TryRootOfRatio(-(first ? n : sum), first ? sum + sum : n + n, out FieldElement root))
        {
            return false;
        }

        root.Smaller().Write(representative);
        representative[Size - 1] |= (byte)(tweak & FreeBits);
        (n * d.Inverted()).Write(publicKey);
        return true;
    }
}
