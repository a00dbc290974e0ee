using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Xunit;

namespace Plait.Tests.Diagnostics.Secrecy;

public class SafeTextTests
{
    [Fact]
    public void Interpolated_NumbersWordsAndTexts_ReadAsWritten()
    {
        SafeText inner = $"hop {1}";
        SafeText text = $"{inner}: {SafeText.Own(FailureWords.Of(ChainStage.OutsideConnection))} within {2.5:0.#} s; {DayOfWeek.Monday}{(SafeText?)null}";

        Assert.Equal("hop 1: outside connection within 2.5 s; Monday", text.ToString());
    }

    [Theory]
    [InlineData("obfs3_obfs4_websocket_obfs2_dummy_b64", "obfs3_obfs4_websocket_obfs2_dummy_b64")]
    [InlineData("lyrebird-0.8.1", "lyrebird-0.8.1")]
    [InlineData("192.0.2.1", "[scrubbed]")]
    [InlineData("192.0.2.1:443", "[scrubbed]")]
    [InlineData("cert=abc", "cert=[scrubbed]")]
    [InlineData("my program", "my program")]
    [InlineData("A3F1B2C4D5E6F708192A3B4C5D6E7F8091A2B3C4A3F1B2C4D5E6F708192A3B4C", "[scrubbed]")]
    public void Name_WhatDoesNotLookLikeOne_IsScrubbed(string name, string shown) =>
        Assert.Equal(shown, SafeText.Name(name).ToString());

    [Theory]
    [InlineData("there is no file '/opt/transports/of/a/very/long/path/indeed/lyrebird'")]
    [InlineData("write key=value")]
    public void Own_LongPathsAndAdvice_Stay(string text) => Assert.Equal(text, SafeText.Own(text).ToString());

    [Fact]
    public void Own_Address_IsTakenOut() => Assert.Equal("at [scrubbed]", SafeText.Own("at [2001:db8::1]:443").ToString());

    [Fact]
    public void Equals_SameWords_AreEqual()
    {
        SafeText one = $"exit code {1}";
        SafeText other = $"exit code {1}";

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(one, SafeText.Empty);
    }

    [Fact]
    public void Shortened_LongText_KeepsItsBeginning()
    {
        SafeText text = $"abcdef";
        Assert.Equal("abc", text.Shortened(3).ToString());
        Assert.Equal("abcdef", text.Shortened(6).ToString());
    }
}
