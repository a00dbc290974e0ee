using System.Net;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Diagnostics.Secrecy;

/// <summary>G5: what a child was given does not come back in what it says, however it looks.</summary>
public class KnownSecretsTests
{
    private readonly Scrubber _scrubber = new();

    [Theory]
    [InlineData("rahasia", "the secret rahasia is wrong", "the secret # is wrong")]
    [InlineData("rahasia", "Rahasia,RAHASIA", "#,#")]
    [InlineData("short", "xshorty", "x#y")] // glued to something else
    [InlineData("xy", "mode xy of xyz, xy.5", "mode # of xyz, #.5")] // short: only where it stands alone
    [InlineData("a;b\\c", "got a\\;b\\\\c here", "got # here")] // as SOCKS carries it
    [InlineData("say \"so\"", "bad value \"say \\\"so\\\"\"", "bad value \"#\"")] // as Go quotes it
    [InlineData("p@ss word", "url p%40ss%20word and p@ss word", "url # and #")]
    [InlineData("https://cdn.example/path", "lookup cdn.example: no such host", "lookup #: no such host")]
    [InlineData("one.example,two.example:443", "dial two.example", "dial #")]
    [InlineData("https://myserver:8443/path", "lookup myserver on the way", "lookup # on the way")]
    public void Scrub_AnArgumentThatWasGiven_IsTakenOutWhole(string value, string said, string shown)
    {
        _scrubber.Learn(new PtArguments([new("key", value)]));

        AssertShown(shown, said);
    }

    /// <summary>Of a small set, so that it tells nothing: an operator has to see which one a program dislikes.</summary>
    [Theory]
    [InlineData("7", "invalid iat-mode '7'")]
    [InlineData("1984", "no mode 1984")]
    [InlineData("TLS", "obfs TLS is unknown, tls is not")]
    public void Scrub_AValueOfASmallSet_Stays(string value, string said)
    {
        _scrubber.Learn(new PtArguments([new("mode", value)]));

        AssertShown(said, said);
    }

    [Theory]
    [InlineData("19840", "no # there")] // longer than a port
    [InlineData("1a", "no # there")]
    public void Scrub_AShortValueOfNoSmallSet_IsTakenOut(string value, string shown)
    {
        _scrubber.Learn(new PtArguments([new("pin", value)]));

        AssertShown(shown, $"no {value} there");
    }

    [Fact]
    public void Scrub_APasswordOfThreeDigits_IsTakenOut()
    {
        _scrubber.Learn(new UpstreamProxy(ProxyScheme.Socks5, IPEndPoint.Parse("192.0.2.1:1080"), "no", "123"));

        AssertShown("# with #", "no with 123");
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
        AssertShown("- #", "- " + word + "=" + word);
    }

    /// <summary>"0" of iat-mode=0 is a secret of a bridge line, and a number in many addresses.</summary>
    [Theory]
    [InlineData("0", "dial tcp 192.0.2.9:443: refused", "dial tcp #: refused")]
    [InlineData("2", "[2001:db8::2]:443 is away", "# is away")]
    [InlineData("443", "192.0.2.9:443", "#")]
    [InlineData("0", "cert=abc/0/def;key=\"a 0 b\" end", "cert=#;key=# end")]
    [InlineData("0", "key AAAABBBBCCCCDDDDEE/0/FFGGHHIIJJKKLLMM is bad", "key # is bad")]
    [InlineData("a=", "the a=\"b c\" end", "the # end")]
    [InlineData("abab", "an ababab", "an #")]
    public void Scrub_ASecretInsideOfAnother_LeavesNoPartOfEither(string value, string said, string shown)
    {
        _scrubber.Learn(new PtArguments([new("key", value)]));

        AssertShown(shown, said);
    }

    /// <summary>Words around have no character of an address, so none may be left.</summary>
    [Fact]
    public void Scrub_WhateverSecretsAreKnown_NoAddressStaysInPart()
    {
        var random = new Random(17);
        for (int round = 0; round < 3000; round++)
        {
            string address = AnAddress(random);
            string said = $"{Words(random)} {address} {Words(random)}";
            var scrubber = new Scrubber();
            for (int known = random.Next(1, 6); known > 0; known--)
            {
                int start = random.Next(said.Length);
                scrubber.Learn(new PtArguments([new("key", said.Substring(start, random.Next(1, Math.Min(12, said.Length - start) + 1)))]));
            }

            string shown = scrubber.Scrub(said).ToString().Replace("[scrubbed]", "", StringComparison.Ordinal);

            Assert.False(shown.AsSpan().ContainsAny("0123456789abcdef.:[]%"), $"of '{said}' this is shown: '{shown}'");
        }
    }

    /// <summary>A long value in front of it is taken out, and so brings what stands far after it into the part that is shown.</summary>
    [Fact]
    public void Scrub_CutAfterALongValue_LeavesNoHalfOfAnAddress()
    {
        for (int length = 340; length < 400; length++)
        {
            string said = $"key={new string('v', length)} to 192.0.2.77:443 refused";

            Assert.DoesNotContain("192", _scrubber.Scrub(said, 200).ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Scrub_UnsafeLogging_StaysAsItIs()
    {
        var open = new Scrubber(isUnsafe: true);
        open.Learn(new PtArguments([new("key", "rahasia")]));

        Assert.Equal("rahasia at 192.0.2.1:443, cert=abc", open.Scrub("rahasia at 192.0.2.1:443, cert=abc").ToString());
    }

    private static string AnAddress(Random random)
    {
        byte[] bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(bytes);
        bytes.AsSpan(random.Next(bytes.Length)).Clear(); // zeros are the most usual of secrets
        var address = new IPAddress(bytes);
        return random.Next(2) == 0 ? address.ToString() : new IPEndPoint(address, random.Next(65536)).ToString();
    }

    private static string Words(Random random) => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.GetItems("ghijklm opq".AsSpan(), 1)[0]));

    private void AssertShown(string shown, string said) =>
        Assert.Equal(shown.Replace("#", "[scrubbed]", StringComparison.Ordinal), _scrubber.Scrub(said).ToString());
}
