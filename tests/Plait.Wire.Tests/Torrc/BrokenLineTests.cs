namespace Plait.Wire.Tests.Torrc;

/// <summary>Bridge lines as people paste them: each mistake is explained, and mended where the line can mean one thing only.</summary>
public sealed class BrokenLineTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. BrokenLineCase.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_BrokenLine_IsExplainedAndMendedAsTheFileSays(string name)
    {
        BrokenLineCase one = BrokenLineCase.All.Single(candidate => candidate.Name == name);

        BridgeLineReading reading = BridgeLineReader.Read(one.Line, BridgeLineChain.Known);

        string[] findings = [.. reading.Findings.Select(finding => $"{(finding.IsCorrected ? "mended" : "left")}, {finding}")];
        output.WriteLine(string.Join('\n', [.. findings.Select(finding => "> " + finding), "< " + reading.Mended]));
        Assert.Equal(one.Findings, findings);
        Assert.Equal(one.Mended, reading.Mended);
        Assert.Equal(one.Mended is null ? BridgeLineVerdict.Bad : BridgeLineVerdict.Mended, reading.Verdict);
        if (reading.Mended is { } mended)
        {
            BridgeLineReading again = BridgeLineReader.Read(mended, BridgeLineChain.Known);
            Assert.Empty(again.Findings);
            Assert.Equal(mended, again.Mended);
            Assert.Equal(reading.Bridge, again.Bridge);
        }
    }

    /// <summary>What a finding says is fit for a log: no address, no value of an argument (G5).</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Read_BrokenLine_FindingsQuoteNoSecret(string name)
    {
        BrokenLineCase one = BrokenLineCase.All.Single(candidate => candidate.Name == name);

        string said = string.Join('\n', BridgeLineReader.Read(one.Line, BridgeLineChain.Known).Findings);

        Assert.All(new[] { "198.51.100", BrokenLineCase.Cert[..16], BrokenLineCase.Cert[40..], BrokenLineCase.Fingerprint[..16] },
            secret => Assert.DoesNotContain(secret, said, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What is sound may be meant, and what Plait does not know too.</summary>
    [Theory]
    [InlineData("webtunnel 198.51.100.7:443 url=https://a.example/?x=1&ver=2 ver=0.0.1")]
    [InlineData("myproxy 198.51.100.7:443 Password=x Cert=y Url=abc")]
    [InlineData("myproxy 198.51.100.7:443 url=a url=a")]
    [InlineData("myproxy 198.51.100.7:443 password=abc\\")]
    [InlineData("myproxy 198.51.100.7:443 password=abc*")]
    [InlineData("snowflake 198.51.100.7:443 fronts=a.example,ver=b")]
    public void Read_ValuesThatMayBeMeant_StayAsTheyAre(string line)
    {
        BridgeLineReading reading = BridgeLineReader.Read(line, BridgeLineChain.Known);

        Assert.Empty(reading.Findings);
        Assert.Equal(line, reading.Mended);
    }

    [Fact]
    public void Read_MoreMistakesThanAnyLine_IsNotRead() => Assert.Equal(
        BridgeLineFault.TooMany, Assert.Single(BridgeLineReader.Read("obfs4 192.0.2.3:80 cert=" + string.Concat(Enumerable.Repeat("&#65;", 3000))).Findings).Fault);

    [Fact]
    public void Cases_AreFortyOrMore() => Assert.InRange(BrokenLineCase.All.Select(one => one.Line).Distinct().Count(), 40, 1000);
}
