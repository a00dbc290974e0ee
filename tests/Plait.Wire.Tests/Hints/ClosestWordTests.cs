
namespace Plait.Wire.Tests.Hints;

public class ClosestWordTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "ac", 1)]
    [InlineData("abc", "xabc", 1)]
    [InlineData("abcd", "acbd", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_BothWays_CountsTypingErrors(string from, string to, int expected)
    {
        Assert.Equal(expected, ClosestWord.Distance(from, to));
        Assert.Equal(expected, ClosestWord.Distance(to, from));
    }

    [Fact]
    public void Find_SeveralAsNear_NamesThemAll() =>
        Assert.Equal(["obfs3", "obfs4"], ClosestWord.Find("obfs2", ["obfs3", "meek", "obfs4", "obfs44"]));

    [Fact]
    public void Find_NothingNear_NamesNone() => Assert.Empty(ClosestWord.Find("snowflake", ["obfs3", "obfs4"]));
}
