using System.Net;
using Plait.Diagnostics;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Diagnostics;

/// <summary>G5: what a child was given does not come back in what it says, however it looks.</summary>
public class KnownSecretsTests
{
    private readonly Scrubber _scrubber = new();

    [Theory]
    [InlineData("rahasia", "the secret rahasia is wrong", "the secret # is wrong")]
    [InlineData("rahasia", "Rahasia,RAHASIA", "#,#")]
    [InlineData("short", "xshorty", "x#y")] // glued to something else
    [InlineData("0", "mode 0 of 10, 0.5", "mode # of 10, #.5")] // short: only where it stands alone
    [InlineData("on", "one on, upon", "one #, upon")]
    [InlineData("a;b\\c", "got a\\;b\\\\c here", "got # here")] // as SOCKS carries it
    [InlineData("say \"so\"", "bad value \"say \\\"so\\\"\"", "bad value \"#\"")] // as Go quotes it
    [InlineData("p@ss word", "url p%40ss%20word and p@ss word", "url # and #")]
    [InlineData("https://cdn.example/path", "lookup cdn.example: no such host", "lookup #: no such host")]
    [InlineData("one.example,two.example:443", "dial two.example", "dial #")]
    public void Scrub_AnArgumentThatWasGiven_IsTakenOutWhole(string value, string said, string shown)
    {
        _scrubber.Learn(new PtArguments([new("key", value)]));

        AssertShown(shown, said);
    }

    [Fact]
    public void Scrub_ALongerValueThatHoldsAShorterOne_LeavesNothingOfEither()
    {
        _scrubber.Learn(new PtArguments([new("a", "back"), new("b", "backdoor")]));

        AssertShown("the # and the #", "the backdoor and the back");
    }

    [Theory]
    [InlineData("who let ann in", "who let # in")]
    [InlineData("with s3:cret", "with #")]
    [InlineData("Basic YW5uOnMzOmNyZXQ=", "Basic #")]
    public void Scrub_CredentialsOfTheProxy_AreTakenOut(string said, string shown)
    {
        _scrubber.Learn(new UpstreamProxy(ProxyScheme.Http, IPEndPoint.Parse("192.0.2.1:8080"), "ann", "s3:cret"));

        AssertShown(shown, said);
    }

    [Fact]
    public void Scrub_AHostNameThatWasAskedFor_IsTakenOut()
    {
        _scrubber.Learn(new DnsEndPoint("bridge.example", 443));

        AssertShown("no route to #:443", "no route to bridge.example:443");
    }

    [Fact]
    public void Learn_MoreThanIsKept_TheOnesInUseStay()
    {
        for (int i = 0; i < 3000; i++)
        {
            _scrubber.Learn(new PtArguments([new("key", "in-use"), new("key", $"value-{i}")]));
        }

        AssertShown("# # value-0", "in-use value-2999 value-0");
    }

    [Fact]
    public void Scrub_CutWhereASecretStands_LeavesNoHalfOfIt()
    {
        string secret = string.Concat(Enumerable.Repeat("two words ", 60));
        _scrubber.Learn(new PtArguments([new("key", secret)]));

        Assert.Equal("12345[scrub", _scrubber.Scrub($"12345{secret} and the rest", 11).ToString());
        Assert.Equal("[scrubbed]", _scrubber.Scrub("A3F1B2C4D5E6F708192A3B4C5D6E7F8091A2B3C4", 20).ToString());
    }

    /// <summary>A child may print a megabyte without a blank: it is looked through once, not once for each character.</summary>
    [Fact]
    public void Scrub_AVeryLongWord_DoesNotTakeForEver()
    {
        string word = new('e', 1_000_000);

        AssertShown("#", word);
        AssertShown("- ##", "- " + word + "=" + word);
    }

    [Fact]
    public void Scrub_UnsafeLogging_StaysAsItIs()
    {
        var open = new Scrubber(isUnsafe: true);
        open.Learn(new PtArguments([new("key", "rahasia")]));

        Assert.Equal("rahasia at 192.0.2.1:443, cert=abc", open.Scrub("rahasia at 192.0.2.1:443, cert=abc").ToString());
    }

    private void AssertShown(string shown, string said) =>
        Assert.Equal(shown.Replace("#", "[scrubbed]", StringComparison.Ordinal), _scrubber.Scrub(said).ToString());
}
