using Plait.Wire.Sip003;

namespace Plait.Wire.Tests.Sip003;

public sealed class Sip003EnvironmentTests
{
    private static readonly Sip003Environment s_sample = new("192.0.2.7", 8443, "127.0.0.1", 1080, new([new("obfs", "http"), new("path", "/a;b")]));

    [Fact]
    public void For_Sample_SetsTheVariablesAndKeepsTheRest()
    {
        Dictionary<string, string> variables = s_sample.For(new Dictionary<string, string>
        {
            ["PATH"] = "/bin",
            ["TOR_PT_PROXY"] = "socks5://192.0.2.9:1", // our parent's (E2)
            ["SS_PLUGIN_OPTIONS"] = "from=outside",
        });

        Assert.Equal(
            [
                "PATH=/bin", "SS_LOCAL_HOST=127.0.0.1", "SS_LOCAL_PORT=1080", @"SS_PLUGIN_OPTIONS=obfs=http;path=/a\;b", "SS_REMOTE_HOST=192.0.2.7",
                "SS_REMOTE_PORT=8443",
            ],
            variables.Select(variable => $"{variable.Key}={variable.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void For_WithoutOptions_DoesNotSetThem() =>
        Assert.False((s_sample with { Options = PtArguments.Empty }).For(new Dictionary<string, string> { ["SS_PLUGIN_OPTIONS"] = "x" }).ContainsKey("SS_PLUGIN_OPTIONS"));

    [Fact]
    public void TryRead_WhatWasWritten_IsTheSame() => Generators.ForAll(Generators.Arguments, options =>
        (s_sample with { Options = options }).For(new Dictionary<string, string>()) is var variables
        && Sip003Environment.IsSet(variables)
        && Sip003Environment.TryRead(variables, out Sip003Environment? read, out _) && read == s_sample with { Options = options });

    [Theory]
    [InlineData("SS_REMOTE_HOST", null, "SS_REMOTE_HOST is not set; Shadowsocks sets it for a plugin")]
    [InlineData("SS_LOCAL_HOST", "", "SS_LOCAL_HOST is not set; Shadowsocks sets it for a plugin")]
    [InlineData("SS_REMOTE_PORT", null, "SS_REMOTE_PORT is not set; Shadowsocks sets it for a plugin")]
    [InlineData("SS_REMOTE_PORT", "0", "SS_REMOTE_PORT is not a port from 1 to 65535")]
    [InlineData("SS_LOCAL_PORT", "65536", "SS_LOCAL_PORT is not a port from 1 to 65535")]
    [InlineData("SS_LOCAL_PORT", "secret", "SS_LOCAL_PORT is not a port from 1 to 65535")]
    [InlineData("SS_PLUGIN_OPTIONS", "=secret", "SS_PLUGIN_OPTIONS: the option at offset 0 has no key: write key=value, or a key alone")]
    public void TryRead_MissingOrWrong_NamesTheVariable(string variable, string? value, string expected)
    {
        Dictionary<string, string> variables = s_sample.For(new Dictionary<string, string>());
        if (value is null)
        {
            variables.Remove(variable);
        }
        else
        {
            variables[variable] = value;
        }

        Assert.False(Sip003Environment.TryRead(variables, out _, out string? error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void IsSet_OfAnotherProgram_IsFalse() => Assert.False(Sip003Environment.IsSet(new Dictionary<string, string> { ["SS_OTHER"] = "1" }));

    [Fact]
    public void ToString_Sample_HasNoAddressAndNoValue() => Assert.Equal("SIP003: obfs=…, path=…", s_sample.ToString());
}
