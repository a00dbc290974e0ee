using Plait.Cli.BridgeLines;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;

namespace Plait.SystemTests.BridgeLines;

/// <summary>QR codes in pictures are read, whatever form of PNG a program saves.</summary>
public sealed class QrTests : IDisposable
{
    private const string Line = "obfs4 192.0.2.4:443 0123456789ABCDEF0123456789ABCDEF01234567 cert=VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg iat-mode=0";

    private readonly TestFolder _folder = new();

    public static TheoryData<int, int> Forms => new(Pictures.Forms.Select(form => (form.Colour, form.Depth)));

    [Theory]
    [MemberData(nameof(Forms))]
    public void Read_EachFormOfPng_IsTheText(int colour, int depth) => Assert.Equal(Line, QrImage.Read(Write(Pictures.Of(Line, colour, depth))));

    [Fact]
    public void Read_LightOnDark_IsTheText() => Assert.Equal(Line, QrImage.Read(Write(Pictures.Of(Line, inverted: true))));

    /// <summary>What is cut anywhere is refused in one line.</summary>
    [Fact]
    public void Read_PictureCutAnywhere_IsRefused()
    {
        byte[] whole = Pictures.Of("obfs4", depth: 1);
        for (int cut = 0; cut < whole.Length - 40; cut += 7)
        {
            LineException error = Assert.Throws<LineException>(() => QrImage.Read(Write(whole[..cut])));
            Assert.Equal(ExitCode.NoInput, error.Code);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    /// <summary>The packed rows, after the length and the name of their chunk.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public void Read_RowsDamaged_SaysSo(int at)
    {
        byte[] picture = Pictures.Of(Line);
        int data = picture.AsSpan().IndexOf("IDAT"u8) + 4;
        picture.AsSpan(data + at, 200).Fill(0xFF);

        Assert.Equal($"the picture {_folder["code.png"]} is cut or damaged; save it again", Assert.Throws<LineException>(() => QrImage.Read(Write(picture))).Message);
    }

    [Theory]
    [InlineData(8 + 8 + 9, 9, "is cut or damaged")] // no such type of colour
    [InlineData(8 + 8 + 8, 3, "is cut or damaged")] // no such depth
    [InlineData(8 + 8, 0xFF, "is empty or too large")]
    [InlineData(8 + 8 + 12, 1, "is interlaced")]
    [InlineData(0, 0, "is no PNG")]
    public void Read_WrongHeader_SaysWhatToDo(int at, byte value, string part)
    {
        byte[] picture = Pictures.Of("obfs4");
        picture[at] = value;

        Assert.Contains(part, Assert.Throws<LineException>(() => QrImage.Read(Write(picture))).Message);
    }

    [Fact]
    public void Read_NoPictureOrNoCode_IsRefused()
    {
        Assert.Contains("there is no file", Assert.Throws<LineException>(() => QrImage.Read(_folder["nothing"])).Message);
        Assert.Contains("is no file", Assert.Throws<LineException>(() => QrImage.Read("/dev/zero")).Message);
        byte[] blank = Pictures.Of("obfs4", colour: 3, depth: 8);
        blank.AsSpan(8 + 12 + 13 + 8, 768).Fill(255); // a palette of white
        Assert.Contains("no QR code", Assert.Throws<LineException>(() => QrImage.Read(Write(blank))).Message);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(byte[] picture)
    {
        File.WriteAllBytes(_folder["code.png"], picture);
        return _folder["code.png"];
    }
}
