using System.Buffers.Binary;
using System.Security.Cryptography;
using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>Generator, numbers and tables of a seed, by the vectors V27.</summary>
public class DistributionTests
{
    private const int Lengths = 1448;
    private const int Delays = 100;

    [Fact]
    public void Drbg_OfTheVectors_GivesBlocksAndNumbers()
    {
        var blocks = new Drbg(Vectors.DrbgSeed);
        Assert.Equal(["7b4c9080afd0fcf2", "26510122b1e0b45f"], [Block(ref blocks), Block(ref blocks)]);
        var numbers = new Drbg(Vectors.DrbgSeed);
        Assert.Equal([8884635047275068658, 2760989295079634015], [numbers.Next(), numbers.Next()]);
    }

    /// <summary>SipHash-2-4 of 00 01 02 … under the key 00 to 0f, from its paper and the reference implementation.</summary>
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31UL)]
    [InlineData(1, 0x93f5f5799a932462UL)]
    [InlineData(2, 0x3f2acc7f57c29bdbUL)]
    public void SipHash_OfWholeWords_IsThatOfTheReference(int words, ulong expected)
    {
        byte[] bytes = [.. Enumerable.Range(0, 64).Select(value => (byte)value)];
        var hash = new SipHash(bytes);
        for (int i = 0; i < words; i++)
        {
            hash.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8 * i)));
        }

        Assert.Equal(expected, hash.Hash());
        Assert.Equal(expected, hash.Hash()); // asking changes nothing
    }

    [Fact]
    public void Distribution_OfLengths_IsThatOfTheVectors()
    {
        var table = new Distribution(Vectors.DrbgSeed, Lengths);
        Assert.Equal(22, table.Values.Length);
        Assert.Equal([1411, 14, 253, 777, 440, 1445, 402, 616, 262, 931, 92, 1331, 914, 842, 743, 750, 1294, 1288, 299, 943], table.Values[..20].ToArray());
        Assert.Equal([3, 4, 5, 4, 21, 10, 7, 17, 21, 8, 21, 10, 13, 4, 15, 10, 17, 4, 21, 18], table.Aliases[..20].ToArray());
        Assert.Equal([0.41755258850480731, 0.95430583292471138, 0.2222510120938464], table.Probabilities[..3].ToArray());
        Assert.Equal("b68cae5bfef85d9fd4dd29f329f67e15919b335750fe9000c782150ce2bb2385", HashOf(table.Probabilities));
        Assert.Equal(
            [262, 316, 616, 440, 92, 743, 777, 92, 1288, 1331, 750, 14, 299, 931, 92, 1445, 1411, 914, 316, 92],
            Samples(table));
    }

    [Fact]
    public void Distribution_OfDelays_IsThatOfTheVectors()
    {
        byte[] seed = SHA256.HashData(Vectors.DrbgSeed)[..Drbg.SeedSize];
        Assert.Equal("dc95b84c599a80b3a7a3e3ce44368da6863917c7186c2d8e", Vectors.Hex(seed));
        var table = new Distribution(seed, Delays);
        Assert.Equal(75, table.Values.Length);
        Assert.Equal([66, 80, 0, 55, 92, 18, 32, 36, 19, 71, 13, 77, 69, 91, 15, 25, 41, 35, 16, 62], table.Values[..20].ToArray());
        Assert.Equal([0.83376268287888233, 0.10920348910947586], table.Probabilities[..2].ToArray());
        Assert.Equal("400cf9d781ef39b0d5b8c6da7c779043755b6060c57e2791ecf0e47fc5c434a3", HashOf(table.Probabilities));
        Assert.Equal([45, 25, 57, 95, 31, 62, 14, 85, 32, 41, 40, 75, 50, 68, 91, 56, 51, 62, 92, 95], Samples(table));
        Assert.Equal(table.Values, new Shape(Vectors.DrbgSeed).Delays.Values);
    }

    [Fact]
    public void Distribution_OfThreeValues_IsThatOfTheVectors()
    {
        Distribution table = Of("s10");
        Assert.Equal([615, 680, 340], table.Values.ToArray());
        Assert.Equal([1, 0.59536784317951597, 0.39717064990212275], table.Probabilities.ToArray());
        Assert.Equal([0, 0, 0], table.Aliases.ToArray());
    }

    [Fact]
    public void Distribution_OfTheSeedWithZero_HasIt()
    {
        Distribution table = Of("s15");
        Assert.Equal(83, table.Values.Length);
        Assert.Contains((short)0, table.Values.ToArray());
    }

    [Fact]
    public void Distribution_OfOneValue_GivesNoOther()
    {
        Distribution table = Of("s3");
        Assert.Equal(1, table.Values.Length);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(table.Values[0], table.Sample()));
    }

    /// <summary>Of the first 400 of these seeds, 13 have a table with a 0 in it (O4-46).</summary>
    [Fact]
    public void Distribution_Of400Seeds_HasZeroIn13() =>
        Assert.Equal(13, Enumerable.Range(0, 400).Count(seed => Of($"s{seed}").Values.Contains((short)0)));

    [Fact]
    public void Sample_WithTheSystemsNumbers_GivesTheTablesValues()
    {
        Distribution table = Of("s10");
        Assert.Equal([340, 615, 680], Enumerable.Range(0, 1000).Select(_ => table.Sample()).Distinct().Order());
    }

    [Theory]
    [InlineData("drbg", 36)]
    [InlineData("s12", 2)]
    public void CloseDelay_OfTheVectors_IsTheirs(string seed, int seconds) => Assert.Equal(seconds, DelayOf(seed));

    /// <summary>The delays of a thousand seeds, one byte each, as another implementation of the generator has drawn them.</summary>
    [Fact]
    public void CloseDelay_OfAThousandSeeds_IsThatOfTheGenerator()
    {
        byte[] delays = [.. Enumerable.Range(0, 1000).Select(seed => (byte)DelayOf($"s{seed}"))];
        Assert.Equal([36, 20, 27, 40, 57, 12, 25, 8, 0, 17, 24, 54, 2, 32, 29, 15, 2, 10, 2, 49], delays[..20]);
        Assert.Equal("88290dd10db99893c27f739497fe03b36110392a4c87609acf38298a698505e8", Vectors.Hex(SHA256.HashData(delays)));
    }

    private static int DelayOf(string seed) => (int)new ServerIdentity(new byte[20], Vectors.Sha("identity"), Vectors.Sha(seed)).CloseDelay.TotalSeconds;

    private static Distribution Of(string seed) => new(Vectors.Sha(seed).AsSpan(0, Drbg.SeedSize), Lengths);

    private static string Block(ref Drbg drbg)
    {
        byte[] block = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(block, drbg.NextBlock());
        return Vectors.Hex(block);
    }

    private static string HashOf(ReadOnlySpan<double> numbers)
    {
        byte[] bytes = new byte[8 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(8 * i), numbers[i]);
        }

        return Vectors.Hex(SHA256.HashData(bytes));
    }

    private static int[] Samples(Distribution table)
    {
        var source = new ShaNumbers();
        int[] samples = new int[20];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = table.Sample(ref source);
        }

        return samples;
    }
}

/// <summary>Numbers from the bytes of SHA-256 of <c>sample0</c>, <c>sample1</c>, ….</summary>
internal struct ShaNumbers : IInt63
{
    private int _drawn;

    public long Next()
    {
        byte[] block = Vectors.Sha($"sample{_drawn / 4}");
        return BinaryPrimitives.ReadInt64BigEndian(block.AsSpan(8 * (_drawn++ % 4))) & long.MaxValue;
    }
}
