using System.Net;
using Plait.Configuration;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

public class LimitsTests
{
    [Theory]
    [InlineData("20 seconds", 20_000)]
    [InlineData("20", 20_000)]
    [InlineData("20seconds", 20_000)]
    [InlineData("1 second", 1_000)]
    [InlineData("1.5 Seconds", 1_500)]
    [InlineData("250 msec", 250)]
    [InlineData("250 milliseconds", 250)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1440 minutes", 86_400_000)]
    public void Parse_Interval_AsTorrcWritesIt(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ParsesCleanly($"OpenTimeout {text}").Limits.OpenTimeout);

    [Theory]
    [InlineData("OpenTimeout")]
    [InlineData("OpenTimeout 0")]
    [InlineData("OpenTimeout 0.5 msec")]
    [InlineData("OpenTimeout -1")]
    [InlineData("OpenTimeout 1,5")]
    [InlineData("OpenTimeout 1.2.3")]
    [InlineData("OpenTimeout .")]
    [InlineData("OpenTimeout seconds")]
    [InlineData("OpenTimeout 20 fortnights")]
    [InlineData("OpenTimeout 1441 minutes")]
    [InlineData("OpenTimeout 99999999999999999999999999999999999999999")]
    [InlineData("MaxConnections 0")]
    [InlineData("MaxConnections 1000001")]
    [InlineData("MaxConnections 1e3")]
    [InlineData("MaxConnections 10 20")]
    [InlineData("MaxPipes 1000001")]
    [InlineData("MaxPipes -1")]
    [InlineData("MaxLargePipes many")]
    [InlineData("MaxTunnels 0")]
    [InlineData("MaxChainLength 33")]
    [InlineData("InternalSources 127.0.0.0/7")]
    [InlineData("InternalSources 10.0.0.0/8")]
    [InlineData("InternalSources 127.0.0.1/32")] // an address would come round again too soon (C10)
    [InlineData("InternalSources 127.0.0.1")]
    [InlineData("InternalSources ::1/128")]
    public void Parse_ValueOutOfBounds_KeepsTheDefault(string text)
    {
        ConfigurationResult result = PlaitConfiguration.Parse(text, "rc");
        string word = text.Split(' ')[0];
        string problem = Assert.Single(result.Problems).ToString();
        Assert.StartsWith($"rc:1: {word} has a value that it cannot have. Write {word} and ", problem, StringComparison.Ordinal);
        Assert.Equal(new(), result.Configuration.Limits);
    }

    [Fact]
    public void Parse_InternalSourcesWithHostBits_IsTheNetwork() =>
        Assert.Equal(new(), ParsesCleanly("InternalSources 127.64.3.2/10").Limits);

    [Fact]
    public void Parse_EachLimitWord_SetsItsOwnProperty()
    {
        Limits limits = ParsesCleanly("""
            starttimeout 1
            LateStartGrace 0
            HandshakeTimeout 2
            OpenTimeout 3
            LazyDialGrace 0
            FirstByteHold 0
            ExitGrace 0
            LingerTimeout 6
            StallTimeout 0
            RestartDelayMin 7
            RestartDelayMax 8
            MaxConnections 9
            MaxPipes 0
            MaxLargePipes 0
            MaxTunnels 11
            TunnelIdleTimeout 0
            MaxChainLength 10
            InternalSources 127.80.0.0/16
            """).Limits;
        var expected = new Limits
        {
            StartTimeout = TimeSpan.FromSeconds(1),
            LateStartGrace = TimeSpan.Zero,
            HandshakeTimeout = TimeSpan.FromSeconds(2),
            OpenTimeout = TimeSpan.FromSeconds(3),
            LazyDialGrace = TimeSpan.Zero,
            FirstByteHold = TimeSpan.Zero,
            ExitGrace = TimeSpan.Zero,
            LingerTimeout = TimeSpan.FromSeconds(6),
            StallTimeout = TimeSpan.Zero,
            RestartDelayMin = TimeSpan.FromSeconds(7),
            RestartDelayMax = TimeSpan.FromSeconds(8),
            MaxConnections = 9,
            MaxPipes = 0,
            MaxLargePipes = 0,
            MaxTunnels = 11,
            TunnelIdleTimeout = TimeSpan.Zero,
            MaxChainLength = 10,
            InternalSources = new(new IPAddress([127, 80, 0, 0]), 16),
        };
        Assert.Equal(expected, limits);
        var defaults = new Limits();
        Assert.All(typeof(Limits).GetProperties(), limit => Assert.NotEqual(limit.GetValue(defaults), limit.GetValue(limits))); // none is left out above
    }

    [Fact]
    public void Limits_EveryProperty_HasAWord() =>
        Assert.Equal(typeof(Limits).GetProperties().Select(property => property.Name).Order(), LimitWord.All.Select(word => word.Name).Order());

    [Fact]
    public void Parse_RestartDelaysCrossed_KeepsBothDefaults()
    {
        ConfigurationResult result = PlaitConfiguration.Parse("\nRestartDelayMin 2 minutes\nOpenTimeout 1", "rc");
        Assert.StartsWith("rc:2: RestartDelayMin is longer than RestartDelayMax.", Assert.Single(result.Problems).ToString());
        Assert.Equal(new Limits { OpenTimeout = TimeSpan.FromSeconds(1) }, result.Configuration.Limits);
    }
}
