using System.Numerics;
using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>The field's arithmetic against that of <see cref="BigInteger"/>.</summary>
public class FieldElementTests
{
    private static readonly BigInteger s_p = BigInteger.Pow(2, 255) - 19;

    /// <summary>Numbers at the edges of limbs and of the field, and others.</summary>
    private static BigInteger[] Numbers
    {
        get
        {
            var random = new Random(1);
            byte[] bytes = new byte[32];
            return
            [
                0, 1, 2, 18, 19, s_p - 1, s_p - 2, s_p, s_p + 1, s_p + 18, (s_p - 1) / 2, (s_p + 1) / 2,
                .. new[] { 51, 102, 153, 204, 254 }.SelectMany(bits => new[] { BigInteger.Pow(2, bits) - 1, BigInteger.Pow(2, bits), s_p - BigInteger.Pow(2, bits) }),
                .. Enumerable.Range(0, 40).Select(_ =>
                {
                    random.NextBytes(bytes);
                    bytes[31] &= 0x7f;
                    return new BigInteger(bytes, isUnsigned: true);
                })
            ];
        }
    }

    [Fact]
    public void Operators_OfAnyTwo_AreThoseOfTheField()
    {
        foreach (BigInteger a in Numbers)
        {
            foreach (BigInteger b in Numbers)
            {
                (FieldElement x, FieldElement y) = (Of(a), Of(b));
                AssertIs((a + b) % s_p, x + y);
                AssertIs((a - b + (2 * s_p)) % s_p, x - y);
                AssertIs(a * b % s_p, x * y);
                AssertIs((a - b + (2 * s_p)) * (a + b) % s_p, (x - y) * (x + y));
                AssertIs(BigInteger.ModPow(a - b + (2 * s_p), 2, s_p), (x - y).Squared());
            }
        }
    }

    [Fact]
    public void Functions_OfAny_AreThoseOfTheField()
    {
        foreach (BigInteger a in Numbers)
        {
            FieldElement x = Of(a);
            AssertIs(a * a % s_p, x.Squared());
            AssertIs((2 * s_p - a) % s_p, -x);
            AssertIs(BigInteger.ModPow(a, s_p - 2, s_p), x.Inverted());
            Assert.Equal(BigInteger.ModPow(a, (s_p - 1) / 2, s_p) != s_p - 1, x.IsSquare());
            Assert.Equal(a % s_p == 0, x.IsZero());
            Assert.True(Value(x.Smaller()) is var smaller && smaller <= (s_p - 1) / 2 && (smaller == a % s_p || smaller == s_p - (a % s_p)));
        }
    }

    [Fact]
    public void TryRootOfRatio_OfAnyTwo_FindsARootOrThereIsNone()
    {
        int roots = 0;
        foreach (BigInteger a in Numbers)
        {
            foreach (BigInteger b in Numbers)
            {
                bool found = FieldElement.TryRootOfRatio(Of(a), Of(b), out FieldElement root);
                Assert.Equal(b % s_p != 0 && BigInteger.ModPow(a * b, (s_p - 1) / 2, s_p) != s_p - 1, found);
                if (found)
                {
                    roots++;
                    AssertIs(a % s_p, root.Squared() * Of(b));
                }
            }
        }

        Assert.NotEqual(0, roots);
    }

    [Fact]
    public void RootOfMinusOne_Squared_IsMinusOne() => AssertIs(s_p - 1, FieldElement.RootOfMinusOne.Squared());

    private static FieldElement Of(BigInteger number)
    {
        Span<byte> bytes = stackalloc byte[32];
        Assert.True(number.TryWriteBytes(bytes, out _, isUnsigned: true));
        return FieldElement.Read(bytes);
    }

    private static BigInteger Value(FieldElement element)
    {
        Span<byte> bytes = stackalloc byte[32];
        element.Write(bytes);
        return new(bytes, isUnsigned: true);
    }

    private static void AssertIs(BigInteger expected, FieldElement actual) => Assert.Equal(expected, Value(actual));
}
