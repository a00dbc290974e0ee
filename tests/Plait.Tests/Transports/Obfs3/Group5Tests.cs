using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Plait.Transports.Obfs3;
using Xunit;

namespace Plait.Tests.Transports.Obfs3;

public class Group5Tests
{
    // RFC 3526, section 2: 2^1536 - 2^1472 - 1 + 2^64 * { [2^1406 pi] + 741804 }. The digits of pi make it long.
    private static readonly BigInteger s_prime = BigInteger.Parse(
        "0FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
        + "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
        + "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA237327FFFFFFFFFFFFFFFF",
        NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static readonly Gen<BigInteger> s_number = Gen.Frequency(
        (4, Gen.Choose(0, 255).ArrayOf(192).Select(bytes => new BigInteger([.. bytes.Select(value => (byte)value)], isUnsigned: true))),
        (1, Gen.Elements(0, 1, 2, 255).Select(value => new BigInteger(value))),
        (1, Gen.Choose(-3, 3).Select(value => s_prime + value)),
        (1, Gen.Choose(1, 3).Select(value => (BigInteger.One << 1536) - value)),
        (1, Gen.Choose(0, 1535).Select(bit => BigInteger.One << bit)));

    [Fact]
    public void Power_OfAnyNumber_IsThatOfBigInteger() => Prop
        .ForAll(s_number.ToArbitrary(), s_number.ToArbitrary(), (number, exponent) =>
        {
            byte[] result = new byte[Group5.Size];
            Group5.Power(Bytes(number), Bytes(exponent), result);
            Assert.Equal(BigInteger.ModPow(number, exponent, s_prime), Number(result));
            Group5.PowerOfTwo(Bytes(exponent), result);
            Assert.Equal(BigInteger.ModPow(2, exponent, s_prime), Number(result));
            Group5.Power<Portable>(Bytes(number), Bytes(exponent), result);
            Assert.Equal(BigInteger.ModPow(number, exponent, s_prime), Number(result));
            foreach (int length in (int[])[0, 8, 48])
            {
                byte[] tail = Bytes(exponent)[^length..];
                Group5.Power(Bytes(number), tail, result);
                Assert.Equal(BigInteger.ModPow(number, Number(tail), s_prime), Number(result));
                Group5.PowerOfTwo<Portable>(tail, result);
                Assert.Equal(BigInteger.ModPow(2, Number(tail), s_prime), Number(result));
            }
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithQuietOnSuccess(true));

    [Fact]
    public void Negate_OfAnyNumberBelowThePrime_IsItsComplement() => Prop
        .ForAll(s_number.Where(number => number > 0 && number < s_prime).ToArbitrary(), number =>
        {
            byte[] same = Bytes(number), other = Bytes(number);
            Group5.Negate(same, 0);
            Group5.Negate(other, 1);
            Assert.Equal((number, s_prime - number), (Number(same), Number(other)));
        })
        .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));

    [Theory]
    [InlineData("a", Vectors.PublicA, Vectors.PublicB)]
    [InlineData("b", Vectors.PublicB, Vectors.PublicA)]
    public void Key_OfTheVectors_GivesTheirKeys(string name, string own, string other)
    {
        using var key = new UniformDhKey(Vectors.Private(name));
        Assert.Equal(own, Convert.ToHexStringLower(key.Public));
        Assert.Equal(Vectors.Shared, Convert.ToHexStringLower(key.SharedWith(Convert.FromHexString(other))));
    }

    [Fact]
    public void SharedWith_NegativeOfAKey_IsTheSame() // the coin does not matter
    {
        using var key = new UniformDhKey(Vectors.Private("a"));
        byte[] other = Convert.FromHexString(Vectors.PublicB);
        Group5.Negate(other, 1);
        Assert.Equal(Vectors.Shared, Convert.ToHexStringLower(key.SharedWith(other)));
    }

    [Fact]
    public void SharedWith_KeysThatAreNone_AreTaken() // O3-3
    {
        using var key = new UniformDhKey(Vectors.Private("a"));
        foreach ((BigInteger other, int shared) in ((BigInteger, int)[])[(0, 0), (1, 1), (s_prime - 1, 1), (s_prime, 0), (s_prime + 1, 1)])
        {
            Assert.Equal(shared, Number(key.SharedWith(Bytes(other))));
        }
    }

    [Fact]
    public void Create_ManyTimes_TossesTheCoin()
    {
        bool[] squares = [.. Enumerable.Range(0, 64).Select(_ =>
        {
            using var key = UniformDhKey.Create();
            return BigInteger.ModPow(Number(key.Public), (s_prime - 1) / 2, s_prime).IsOne;
        })];
        Assert.Contains(true, squares); // each fails once in 2^64 runs
        Assert.Contains(false, squares);
    }

    private static byte[] Bytes(BigInteger number)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[Group5.Size - bytes.Length], .. bytes];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
