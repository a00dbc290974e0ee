using Plait.Wire.Sip003;

namespace Plait.Wire.Tests.Sip003;

public sealed class Sip003OptionsTests
{
    [Theory] // Q5
    [InlineData("", "")]
    [InlineData("obfs=http;obfs-host=www.example.com", "obfs|http obfs-host|www.example.com")]
    [InlineData("tls;host=x", "tls|1 host|x")]
    [InlineData("server", "server|1")]
    [InlineData("server;", "server|1")]
    [InlineData("a=b;", "a|b")]
    [InlineData("a=;b", "a| b|1")]
    [InlineData("a=b=c", "a|b=c")]
    [InlineData(@"path=\/a\;b\=c\\d", @"path|/a;b=c\d")]
    [InlineData(@"a\=b=c", "a=b|c")]
    [InlineData("a=1;a=2", "a|1 a|2")]
    public void TryParse_Good_Parsed(string text, string expected)
    {
        Assert.True(Sip003Options.TryParse(text, out PtArguments options, out string? error), error);
        Assert.Equal(expected, string.Join(' ', options.Select(option => $"{option.Key}|{option.Value}")));
    }

    [Theory]
    [InlineData("=bad")]
    [InlineData(";secret")]
    [InlineData(";;")]
    [InlineData(@"secret\")]
    [InlineData(@"key=secret\")]
    [InlineData("key=secret;=x")]
    public void TryParse_Bad_ErrorWithoutValue(string text)
    {
        Assert.False(Sip003Options.TryParse(text, out PtArguments options, out string? error));
        Assert.Empty(options);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("obfs=http;obfs-host=www.example.com")]
    [InlineData(@"a\=b=c\;d\=e\\f")]
    public void Format_WhatWasParsed_IsTheSame(string text)
    {
        Assert.True(Sip003Options.TryParse(text, out PtArguments options, out _));
        Assert.Equal(text, Sip003Options.Format(options));
    }

    [Fact]
    public void Format_AnyOptions_AreReadBack() => Generators.ForAll(
        Generators.Arguments,
        options => Sip003Options.TryParse(Sip003Options.Format(options), out PtArguments read, out _) && read.Equals(options));
}
