using Plait.Diagnostics.Secrecy;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Diagnostics.Secrecy;

/// <summary>G5. What is shown here with "#" is shown to a person as "[scrubbed]".</summary>
public class ScrubberTests
{
    [Theory]
    [InlineData("dial tcp 192.0.2.7: refused", "dial tcp #: refused")]
    [InlineData("192.0.2.7:443->198.51.100.1:9001", "#->#")]
    [InlineData("(192.0.2.7)", "(#)")]
    [InlineData("to [2001:db8::7]:443 failed", "to # failed")]
    [InlineData("2001:db8:1:2:3:4:5:6 is away", "# is away")]
    [InlineData("from ::1", "from #")]
    [InlineData("fe80::1%eth0", "#")]
    [InlineData("::ffff:192.0.2.7", "#")]
    [InlineData("peer_192.0.2.7:443 left", "peer_# left")] // found by eng/fuzz scrubber: not after a word
    public void Scrub_Address_IsTakenOut(string text, string scrubbed) => AssertScrubbed(scrubbed, text);

    [Theory]
    [InlineData("bad cert=AbC/d+e== there", "bad cert=# there")]
    [InlineData("url=https://front.example/x fine", "url=# fine")]
    [InlineData("a=1;b=2,c=\"x y\" end", "a=#;b=#,c=# end")]
    [InlineData("shared-secret=rahasia", "shared-secret=#")]
    [InlineData("x-chain-1-cert=abc", "x-chain-1-cert=#")]
    [InlineData("target=192.0.2.7:443", "target=#")]
    [InlineData("2fa=hunter2", "2fa=#")]
    [InlineData("password=\"\"hunter2 end", "password=# end")] // found by eng/fuzz scrubber: what followed a quote stayed
    [InlineData("password=\"a hunter2", "password=#")] // cut off
    [InlineData("password=\"a\\\" hunter2\" end", "password=# end")]
    public void Scrub_ValueOfAPair_IsTakenOut(string text, string scrubbed) => AssertScrubbed(scrubbed, text);

    [Theory]
    [InlineData("key ssH+9rP8dG2NLDN2XuFw63hIO/9MNNinLmxQDpVa+7kTOa9/m+tGWT1SmSYpQ9uTBGa6Hw is bad", "key # is bad")]
    [InlineData("A3F1B2C4D5E6F708192A3B4C5D6E7F8091A2B3C4", "#")] // a fingerprint
    [InlineData("token dGhpcyBpcyBh-IHNlY3JldCBr_XkgaW4gYmFzZTY0dXJs end", "token # end")] // base64url
    public void Scrub_LongToken_IsTakenOut(string text, string scrubbed) => AssertScrubbed(scrubbed, text);

    [Theory]
    [InlineData("open /var/lib/tor/pt_state: permission denied")]
    [InlineData("unsupported version 0.0.14, exit code 255")]
    [InlineData("panic: runtime error: index out of range [3] with length 2")]
    [InlineData("usage: obfs4proxy -enableLogging -logLevel string")]
    [InlineData("no such transport is supported")]
    [InlineData("a == b")]
    [InlineData("")]
    public void Scrub_OrdinaryWords_Stay(string text) => Assert.Equal(text, new Scrubber().Scrub(text).ToString());

    [Fact] // Found by eng/fuzz scrubber: the time grew with the square, ten seconds for the longest line of a child
    public async Task Scrub_LongWord_IsDoneWithIt()
    {
        string word = new('-', 1 << 20);
        Assert.Equal("[scrubbed]", await Task.Run(() => new Scrubber().Scrub(word).ToString()).Within("a megabyte is scrubbed"));
    }

    private static void AssertScrubbed(string scrubbed, string text) =>
        Assert.Equal(scrubbed.Replace("#", "[scrubbed]", StringComparison.Ordinal), new Scrubber().Scrub(text).ToString());
}
