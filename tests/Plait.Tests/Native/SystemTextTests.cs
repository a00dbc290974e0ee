using FsCheck;
using FsCheck.Fluent;
using Plait.Native;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Native;

public class SystemTextTests
{
    // Beginnings, middles and cut ends of UTF-8 sequences, so that valid and broken ones meet.
    private static readonly Gen<byte[]> Bytes = Gen.OneOf(
        Gen.Elements<byte>(0x41, 0x80, 0xBF, 0xC0, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xED, 0xA0, 0xB2, 0xF0, 0x9F, 0x92, 0x80, 0xF4, 0x90, 0xFF).ArrayOf(),
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf());

    [Theory]
    [InlineData("", "")]
    [InlineData("61", "a")]
    [InlineData("C3A9", "\u00E9")]
    [InlineData("F09F9280", "<D83D><DC80>")] // its second half alone would stand for the byte 80
    [InlineData("EFBFBD", "\uFFFD")]
    [InlineData("FF", "<DCFF>")]
    [InlineData("80", "<DC80>")]
    [InlineData("61E962", "a<DCE9>b")] // Latin-1
    [InlineData("E282", "<DCE2><DC82>")] // cut off
    [InlineData("C080", "<DCC0><DC80>")] // overlong
    [InlineData("EDB2BF", "<DCED><DCB2><DCBF>")] // the surrogate DCBF, written as UTF-8
    [InlineData("F09F9280FF", "<D83D><DC80><DCFF>")]
    public void Decode_Vector_AndBack(string hex, string text)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(Surrogates.In(text), SystemText.Decode(bytes));
        Assert.Equal(bytes, SystemText.Encode(Surrogates.In(text)));
    }

    [Theory]
    [InlineData("<D800>", "EFBFBD")] // not one that Decode makes
    [InlineData("<DC7F>", "EFBFBD")]
    [InlineData("a<DD00>", "61EFBFBD")]
    public void Encode_OtherSurrogates_AreReplaced(string text, string hex) =>
        Assert.Equal(hex, Convert.ToHexString(SystemText.Encode(Surrogates.In(text))));

    [Fact]
    public void Decode_AnyBytes_ComeBack() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
        Bytes.ToArbitrary(), bytes => SystemText.Encode(SystemText.Decode(bytes)).AsSpan().SequenceEqual(bytes)));

    [Fact]
    public void IsUtf8_AnyBytes_AgreesWithTheRuntime() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
        Bytes.ToArbitrary(), bytes => SystemText.IsUtf8(SystemText.Decode(bytes)) == System.Text.Unicode.Utf8.IsValid(bytes)));

    [Theory]
    [InlineData("", true)]
    [InlineData("caf\u00E9", true)]
    [InlineData("<D83D><DC80>", true)]
    [InlineData("caf<DCE9>", false)]
    [InlineData("caf\uFFFD", false)] // what .NET makes of the command line
    [InlineData("<DC80><D83D>", false)]
    public void IsUtf8_Text_IsWhetherItHasNoLoneSurrogate(string text, bool expected) => Assert.Equal(expected, SystemText.IsUtf8(Surrogates.In(text)));

    [Fact]
    public void PathProblem_PathIsNotUtf8_NamesWhatIsMeant()
    {
        Assert.Null(SystemText.PathProblem("/etc/plait/plaitrc", "the plaitrc"));
        Assert.Equal(
            "the path of the plaitrc is not UTF-8, and Plait cannot open such a path; rename it, or make a link to it that is named in UTF-8",
            SystemText.PathProblem("/etc/pl\uDCE4it", "the plaitrc"));
    }
}
