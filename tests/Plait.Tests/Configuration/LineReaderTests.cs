using Plait.Configuration;
using Xunit;

namespace Plait.Tests.Configuration;

public class LineReaderTests
{
    [Theory]
    [InlineData("Key a b", "Key", "a", "b")]
    [InlineData("  Key\t a  b \t", "Key", "a", "b")]
    [InlineData("Key a # b", "Key", "a")]
    [InlineData("Key a#b", "Key", "a")]
    [InlineData("Key \"a # b\"", "Key", "a # b")]
    [InlineData("Key 'a \" b'", "Key", "a \" b")]
    [InlineData("Key \"a ' b\"", "Key", "a ' b")]
    [InlineData("Key k=\"a b\"c", "Key", "k=a bc")]
    [InlineData("Key \"\" ''", "Key", "", "")]
    [InlineData(@"Key ""a\""b\\c""", "Key", @"a""b\c")]
    [InlineData(@"Key ""C:\Program Files\pt""", "Key", @"C:\Program Files\pt")]
    [InlineData(@"Key 'a\\b' c\\d\""e""", "Key", @"a\\b", @"c\\d\e")]
    [InlineData("Key a\\\nb", "Key", "ab")]
    [InlineData("Key a \\\r\n  b\r\n", "Key", "a", "b")]
    [InlineData("Key a \\\n# comment \\\n b", "Key", "a", "b")]
    [InlineData("Key \"a \\\nb\"", "Key", "a b")]
    [InlineData("Key a \\", "Key", "a")]
    [InlineData("\uFEFFKey a", "Key", "a")]
    public void Read_OneLine_CutsIntoWords(string text, params string[] expected)
    {
        var problems = new Problems();
        ConfigurationLine line = Assert.Single(LineReader.Read(text, "rc", problems));
        Assert.Empty(problems.InOrder());
        Assert.Equal(expected, line.Words.Prepend(line.Keyword));
    }

    [Fact]
    public void Read_BackslashInComment_DoesNotContinue()
    {
        IEnumerable<ConfigurationLine> lines = LineReader.Read("A 1 # x \\\nB 2", "rc", new());
        Assert.Equal(["A", "B"], lines.Select(line => line.Keyword));
    }

    [Fact]
    public void Read_ContinuedLine_StandsWhereItStarts()
    {
        IEnumerable<ConfigurationLine> lines = LineReader.Read("\n# c\nA \\\n 1 \\\n 2\nB", "rc", new());
        Assert.Equal([3, 6], lines.Select(line => line.At.Line));
    }

    [Theory]
    [InlineData("A \"b\nC d", "rc:1: A quote is opened and not closed.")]
    [InlineData("A 'b\nC d", "rc:1: A quote is opened and not closed.")]
    [InlineData("A \"b\\\nC d", "rc:1: A quote is opened and not closed.")]
    [InlineData("A b\0\nC d", "rc:1: The line has a control character in it.")]
    [InlineData("A b\rc\nC d", "rc:1: The line has a control character in it.")]
    [InlineData("\n\nA \u007f\nC d", "rc:3: The line has a control character in it.")]
    public void Read_BadLine_IsReportedAndLeftOut(string text, string expected)
    {
        var problems = new Problems();
        Assert.DoesNotContain(LineReader.Read(text, "rc", problems), line => line.Keyword == "A");
        Assert.StartsWith(expected, Assert.Single(problems.InOrder()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ControlCharacterInComment_IsHarmless() =>
        Assert.Single(ConfigurationAssert.ParsesCleanly("Profile p k=v # \u0007").Profiles);
}
