using Plait.Chains.Client;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Chains;

public class ArgumentProfilesTests
{
    private readonly ArgumentProfiles _book = new(new Dictionary<string, PtArguments>
    {
        ["long"] = new([new("url", "u"), new("cert", "from the file"), new("cert", "twice")]),
    });

    [Fact]
    public void TryExpand_NoProfileNamed_LeavesTheArguments()
    {
        var written = new PtArguments([new("cert", "c")]);
        Assert.True(_book.TryExpand(written, out PtArguments? expanded, out _));
        Assert.Same(written, expanded);
    }

    [Fact]
    public void TryExpand_Profile_TakesThePlaceOfItsName()
    {
        Assert.True(_book.TryExpand(new([new("a", "1"), new("x-chain-profile", "long")]), out PtArguments? expanded, out _));
        Assert.Equal(new([new("a", "1"), new("url", "u"), new("cert", "from the file"), new("cert", "twice")]), expanded);
    }

    [Fact]
    public void TryExpand_KeyOfBoth_TheBridgeLinesOwnCounts()
    {
        Assert.True(_book.TryExpand(new([new("x-chain-profile", "long"), new("cert", "mine")]), out PtArguments? expanded, out _));
        Assert.Equal(new([new("cert", "mine"), new("url", "u")]), expanded);
    }

    [Theory]
    [InlineData("short", "Profile short key=value")]
    [InlineData("Long", "Profile Long key=value")]
    [InlineData("a secret; or worse", "Profile NAME key=value")] // what is no name is not repeated (G5)
    public void TryExpand_UnknownProfile_SaysWhatToWrite(string name, string advice)
    {
        Assert.False(_book.TryExpand(new([new("x-chain-profile", name)]), out PtArguments? expanded, out SafeText? error));
        Assert.Null(expanded);
        Assert.Contains(advice, error.ToString(), StringComparison.Ordinal);
    }
}
