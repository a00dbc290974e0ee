using System.Numerics;
using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>The maps of Elligator 2 and key pairs, by the vectors V27.</summary>
public class ElligatorTests
{
    private const string OfShaRep = "61617573de56fd97aa7f833ed1cd8ecb40de66eef9ee893ebc001eee3aca727e";

    private static readonly BigInteger s_p = BigInteger.Pow(2, 255) - 19;

    [Theory]
    [InlineData(1, 0x00, "f07199e9640a2d76d3135a54acac82d5b349911e2a43a5382eedfb194d6d2a1b", "41e6c4f3e90d8bbf2c024f64d7ad9228dad96c9481eaac6653b79d832658e136")]
    [InlineData(1, 0x01, "f07199e9640a2d76d3135a54acac82d5b349911e2a43a5382eedfb194d6d2a1b", "dc327df38a505c65f44c961a8334f7755df685d1286903537d671fe78db8a52b")]
    [InlineData(1, 0x40, "f07199e9640a2d76d3135a54acac82d5b349911e2a43a5382eedfb194d6d2a1b", "41e6c4f3e90d8bbf2c024f64d7ad9228dad96c9481eaac6653b79d832658e176")]
    [InlineData(1, 0x81, "f07199e9640a2d76d3135a54acac82d5b349911e2a43a5382eedfb194d6d2a1b", "dc327df38a505c65f44c961a8334f7755df685d1286903537d671fe78db8a5ab")]
    [InlineData(1, 0xff, "f07199e9640a2d76d3135a54acac82d5b349911e2a43a5382eedfb194d6d2a1b", "dc327df38a505c65f44c961a8334f7755df685d1286903537d671fe78db8a5eb")]
    [InlineData(2, 0x00, "75d54db13bc4a4be2be563f33d29666233814bc054c699be65c8a6832e56927c", "eef58387f854717d3e944f4b25c3ebab23ae660a7913dd7c991a46bcf3092a3a")]
    [InlineData(2, 0x01, "75d54db13bc4a4be2be563f33d29666233814bc054c699be65c8a6832e56927c", "d041efe8f2eb35228d9c347198c9bfa569d370d3eea8b2b082d302674b210d0a")]
    [InlineData(3, 0x00, "68f64b2b350ab86d70581f19196af9fe0ccbc99533a3d23a7afcbf91542a0a47", "a006a93a848472ef335e3496ac762c0f48ee92998fc540d3061c59d76cb88c29")]
    [InlineData(3, 0x01, "68f64b2b350ab86d70581f19196af9fe0ccbc99533a3d23a7afcbf91542a0a47", "c159a08085a51651ec17f11afa919951da7ca3104548a97224c880526243f33b")]
    public void TryEncode_OfTheVectors_IsKeyAndRepresentative(int key, byte tweak, string publicKey, string representative)
    {
        Span<byte> encoded = stackalloc byte[32];
        Span<byte> u = stackalloc byte[32];
        Assert.True(Elligator.TryEncode(Vectors.Sha($"ell{key}"), tweak, u, encoded));
        Assert.Equal((publicKey, representative), (Vectors.Hex(u), Vectors.Hex(encoded)));
        Elligator.Decode(encoded, u);
        Assert.Equal(publicKey, Vectors.Hex(u));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TryEncode_OfAKeyWithoutRepresentative_IsFalse(byte tweak) =>
        Assert.False(Elligator.TryEncode(Vectors.Sha("ell0"), tweak, stackalloc byte[32], stackalloc byte[32]));

    public static TheoryData<string, string> DirectMap => new()
    {
        { new('0', 64), new('0', 64) },
        { "01" + new string('0', 62), "9cdb52" + string.Concat(Enumerable.Repeat("55", 29)) },
        { "02" + new string('0', 62), "b349328ee3388ee3388ee3388ee3388ee3388ee3388ee3388ee3388ee3388e63" },
        { new('f', 64), "80e5132b658f7f451b2b658f7f451b2b658f7f451b2b658f7f451b2b658f7f45" },
        { "f6" + new string('f', 60) + "3f", "9cdb52" + string.Concat(Enumerable.Repeat("55", 29)) },
        { "ca27e538f3b183aad14e8076310781edf50ef2b2e2cf546dbe8751ed6bf4daad", OfShaRep },
        { "ca27e538f3b183aad14e8076310781edf50ef2b2e2cf546dbe8751ed6bf4da2d", OfShaRep },
        { "ca27e538f3b183aad14e8076310781edf50ef2b2e2cf546dbe8751ed6bf4da6d", OfShaRep },
        { "ca27e538f3b183aad14e8076310781edf50ef2b2e2cf546dbe8751ed6bf4daed", OfShaRep },
    };

    [Theory]
    [MemberData(nameof(DirectMap))]
    public void Decode_OfTheVectors_IsThePublicKey(string representative, string publicKey)
    {
        Span<byte> u = stackalloc byte[32];
        Elligator.Decode(Vectors.Bytes(representative), u);
        Assert.Equal(publicKey, Vectors.Hex(u));
    }

    /// <summary>Each representative leads back to its key, its root is canonical (O4-49), and its two highest bits are as often set as not (O4-27).</summary>
    [Fact]
    public void TryDerive_OfManySeeds_GivesEvenRepresentatives()
    {
        const int pairs = 2000;
        Span<byte> u = stackalloc byte[32];
        int bit254 = 0;
        int bit255 = 0;
        int found = 0;
        for (int seed = 0; found < pairs; seed++)
        {
            using KeyPair? pair = KeyPair.TryDerive(Vectors.Sha($"pair{seed}"));
            if (pair is null)
            {
                continue;
            }

            found++;
            Elligator.Decode(pair.Representative, u);
            Assert.True(pair.Public.SequenceEqual(u));
            byte[] root = [.. pair.Representative];
            bit254 += (root[31] >> 6) & 1;
            bit255 += root[31] >> 7;
            root[31] &= 0x3f;
            Assert.True(new BigInteger(root, isUnsigned: true) <= (s_p - 1) / 2);
        }

        Assert.InRange(bit254, pairs * 45 / 100, pairs * 55 / 100);
        Assert.InRange(bit255, pairs * 45 / 100, pairs * 55 / 100);
    }

    /// <summary>
    /// Keys lie on the whole curve: multiplied by the order of the large subgroup they give all points of low order, an eighth of the keys each (O4-48).
    /// </summary>
    [Fact]
    public void TryDerive_OfManySeeds_GivesAllPointsOfLowOrder()
    {
        var results = new Dictionary<string, int>();
        int pairs = 0;
        for (int seed = 0; seed < 1600; seed++)
        {
            using KeyPair? pair = KeyPair.TryDerive(Vectors.Sha($"order{seed}"));
            if (pair is not null)
            {
                pairs++;
                string result = TimesOrder(new BigInteger(pair.Public, isUnsigned: true));
                results[result] = results.GetValueOrDefault(result) + 1;
            }
        }

        // By u alone: the neutral point and that of order 2 once each; those of order 4 and both pairs of order 8 twice each.
        Assert.Equal(5, results.Count);
        int[] counts = [.. results.Values.Order()];
        Assert.All(counts[..2], count => Assert.InRange(count, pairs / 16, pairs * 3 / 16));
        Assert.All(counts[2..], count => Assert.InRange(count, pairs * 3 / 16, pairs * 5 / 16));
        Assert.Equal(["neutral", "0", "1"], results.Keys.Where(result => result.Length < 10).OrderByDescending(result => result.Length).ThenBy(result => result));
    }

    [Fact]
    public void Generate_Twice_GivesTwoKeys()
    {
        using KeyPair one = KeyPair.Generate();
        using KeyPair other = KeyPair.Generate();
        Assert.False(one.Public.SequenceEqual(other.Public));
    }

    [Fact]
    public void Dispose_OfAPair_ZeroesThePrivateKey()
    {
        KeyPair pair = KeyPair.Generate();
        pair.Dispose();
        Assert.Equal(new byte[32], pair.Private.ToArray());
    }

    /// <summary>u of the point times the order of the large subgroup, by Montgomery's ladder.</summary>
    private static string TimesOrder(BigInteger u)
    {
        BigInteger order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");
        (BigInteger x2, BigInteger z2, BigInteger x3, BigInteger z3) = (1, 0, u, 1);
        for (int bit = 252; bit >= 0; bit--)
        {
            bool set = !((order >> bit) & 1).IsZero;
            if (set)
            {
                (x2, z2, x3, z3) = (x3, z3, x2, z2);
            }

            (BigInteger a, BigInteger b, BigInteger c, BigInteger d) = (x2 + z2, x2 - z2, x3 + z3, x3 - z3);
            (BigInteger da, BigInteger cb) = (d * a, c * b);
            (BigInteger aa, BigInteger bb) = (a * a, b * b);
            BigInteger e = aa - bb;
            (x3, z3, x2, z2) = (BigInteger.ModPow(da + cb, 2, s_p), u * BigInteger.ModPow(da - cb, 2, s_p) % s_p, aa * bb % s_p, e * (aa + (121665 * e)) % s_p);
            if (set)
            {
                (x2, z2, x3, z3) = (x3, z3, x2, z2);
            }
        }

        BigInteger denominator = ((z2 % s_p) + s_p) % s_p;
        return denominator.IsZero ? "neutral" : $"{((x2 * BigInteger.ModPow(denominator, s_p - 2, s_p) % s_p) + s_p) % s_p}";
    }
}
