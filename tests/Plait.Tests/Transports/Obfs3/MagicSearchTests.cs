using FsCheck;
using FsCheck.Fluent;
using Plait.Transports.Obfs3;
using Xunit;

namespace Plait.Tests.Transports.Obfs3;

public class MagicSearchTests
{
    private static readonly byte[] s_magic = Convert.FromHexString(Vectors.InitiatorMagic);

    [Theory]
    [InlineData(0, true)]
    [InlineData(31, true)]
    [InlineData(8194, true)] // O3-8, as seen of obfs4proxy
    [InlineData(8195, false)]
    public void Look_SoMuchBefore_IsFoundOrTooLate(int before, bool found)
    {
        byte[] bytes = [.. new byte[before], .. s_magic, 1, 2, 3];
        for (int cut = Math.Max(0, before - 40); cut <= bytes.Length; cut++)
        {
            var search = new MagicSearch(s_magic);
            MagicResult result = search.Look(bytes.AsSpan(0, cut), out int payload);
            int start = 0;
            if (result == MagicResult.NotYet)
            {
                result = search.Look(bytes.AsSpan(cut), out payload);
                start = cut;
            }

            Assert.Equal(found ? MagicResult.Found : MagicResult.TooLate, result);
            Assert.Equal(found ? before + s_magic.Length : start + payload, start + payload);
        }
    }

    [Fact]
    public void Look_NoMagic_IsTooLateAfterAllThatMayPrecedeIt()
    {
        var search = new MagicSearch(s_magic);
        for (int seen = 1; seen < 8226; seen++)
        {
            Assert.Equal(MagicResult.NotYet, search.Look([0], out _));
        }

        Assert.Equal(MagicResult.TooLate, search.Look([0], out _));
    }

    [Fact]
    public void Look_InPiecesOfOneByte_IsFoundAtItsEnd()
    {
        var search = new MagicSearch(s_magic);
        byte[] bytes = [.. s_magic[..20], .. s_magic[..31], .. s_magic]; // beginnings of it before it
        foreach (byte one in bytes[..^1])
        {
            Assert.Equal(MagicResult.NotYet, search.Look([one], out _));
        }

        Assert.Equal(MagicResult.Found, search.Look(bytes.AsSpan(bytes.Length - 1), out int payload));
        Assert.Equal(1, payload);
    }

    [Fact]
    public void Look_AnyBytesInAnyPieces_FindsWhatASearchOfAllFinds() => Prop
        .ForAll(Gen.Choose(0, 100).ArrayOf().ToArbitrary(), Gen.Choose(1, 40).NonEmptyListOf().ToArbitrary(), (before, cuts) =>
        {
            // Bytes of the magic, so that beginnings of it are frequent.
            byte[] bytes = [.. before.Select(value => s_magic[value % s_magic.Length]), .. s_magic, .. s_magic[..7]];
            var search = new MagicSearch(s_magic);
            int position = 0;
            for (int i = 0; position < bytes.Length; i++)
            {
                int length = Math.Min(cuts[i % cuts.Count], bytes.Length - position);
                MagicResult result = search.Look(bytes.AsSpan(position, length), out int payload);
                if (result == MagicResult.Found)
                {
                    Assert.Equal(bytes.AsSpan().IndexOf(s_magic) + s_magic.Length, position + payload);
                    return;
                }

                Assert.Equal(MagicResult.NotYet, result);
                position += length;
            }

            Assert.Fail("The magic was not found.");
        })
        .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));
}
