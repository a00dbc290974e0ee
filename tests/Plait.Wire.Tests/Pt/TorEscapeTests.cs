namespace Plait.Wire.Tests.Pt;

public sealed class TorEscapeTests
{
    [Theory]
    [InlineData(@"\n.", 2, '\n')]
    [InlineData(@"\\.", 2, '\\')]
    [InlineData(@"\x41.", 4, 'A')]
    [InlineData(@"\x411", 4, 'A')]
    [InlineData(@"\101.", 4, 'A')]
    [InlineData(@"\1011", 4, 'A')]
    [InlineData(@"\0.", 2, '\0')]
    [InlineData(@"\377", 4, '\xFF')]
    public void TryRead_KnownEscape_GivesItsByteAndGoesPastIt(string text, int after, char expected)
    {
        int position = 0;
        Assert.True(TorEscape.TryRead(text, ref position, out byte value));
        Assert.Equal((after, (byte)expected), (position, value));
    }

    [Theory]
    [InlineData(@"\")]
    [InlineData(@"\q")]
    [InlineData(@"\8")]
    [InlineData(@"\x4")]
    [InlineData(@"\x4g")]
    [InlineData(@"\400")]
    public void TryRead_UnknownEscape_LeavesThePosition(string text)
    {
        int position = 0;
        Assert.False(TorEscape.TryRead(text, ref position, out byte value));
        Assert.Equal((0, 0), (position, value));
    }
}
