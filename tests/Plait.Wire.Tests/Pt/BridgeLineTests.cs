namespace Plait.Wire.Tests.Pt;

public sealed class BridgeLineTests
{
    private const string Fingerprint = "0123456789ABCDEF0123456789abcdef01234567";

    [Theory] // N15 to N18, D8
    [InlineData("Bridge obfs4 192.0.2.3:1 " + Fingerprint + " cert=a== iat-mode=0", "obfs4", "192.0.2.3:1", Fingerprint, "cert=a==;iat-mode=0")]
    [InlineData("bridge 192.0.2.3", null, "192.0.2.3:443", null, "")]
    [InlineData("[2001:db8::5]:444 " + Fingerprint, null, "[2001:db8::5]:444", Fingerprint, "")]
    [InlineData("t1 [2001:db8::5] a=", "t1", "[2001:db8::5]:443", null, "a=")]
    [InlineData("  t1\t192.0.2.3:9  keyid=" + Fingerprint + "\r\n", "t1", "192.0.2.3:9", null, "keyid=" + Fingerprint)]
    [InlineData("snowflake 192.0.2.3:1 " + Fingerprint + " fingerprint=F url=https://a/?b=c", "snowflake", "192.0.2.3:1", Fingerprint, "fingerprint=F;url=https://a/?b=c")]
    [InlineData("Bridge Bridge 192.0.2.3:1", "Bridge", "192.0.2.3:1", null, "")]
    public void TryParse_Good_Parsed(string line, string? transport, string address, string? fingerprint, string arguments)
    {
        Assert.True(BridgeLine.TryParse(line, out BridgeLine? bridge, out string? error), error);
        Assert.Equal(
            (transport, address, fingerprint, arguments),
            (bridge.Transport, AddressText.Format(bridge.Address), bridge.Fingerprint, bridge.Arguments.FormatClient()));
        Assert.True(BridgeLine.TryParse(bridge.Format(), out BridgeLine? again, out _));
        Assert.Equal(bridge, again);
    }

    [Theory] // N15, N16, N18
    [InlineData("")]
    [InlineData("Bridge")]
    [InlineData("Bridge obfs4")]
    [InlineData("localhost:9")]
    [InlineData("obfs4 localhost:9")]
    [InlineData("obfs3|obfs4 192.0.2.3:1")]
    [InlineData("192.0.2.3:0")]
    [InlineData("2001:db8::5")]
    [InlineData("2001:db8::5:443")]
    [InlineData("192.0.2.3:1 a=b " + Fingerprint)]
    [InlineData("192.0.2.3:1 " + Fingerprint + "8")]
    [InlineData("192.0.2.3:1 " + Fingerprint + " " + Fingerprint)]
    [InlineData("192.0.2.3:1 =b")]
    [InlineData("192.0.2.3:1 word")]
    public void TryParse_Bad_ErrorQuotesNothing(string line)
    {
        Assert.False(BridgeLine.TryParse(line, out BridgeLine? bridge, out string? error));
        Assert.Null(bridge);
        Assert.NotNull(error);
        Assert.DoesNotContain("192.0.2.3", error, StringComparison.Ordinal);
        Assert.DoesNotContain("2001", error, StringComparison.Ordinal);
    }

    [Fact] // N19: 510 bytes in the escaped form
    public void TryParse_ArgumentLength_510IsTheMost()
    {
        Assert.True(BridgeLine.TryParse("1.2.3.4:5 k=" + new string('v', 508), out _, out _));
        Assert.False(BridgeLine.TryParse("1.2.3.4:5 k=" + new string('v', 509), out _, out string? error));
        Assert.Contains("510", error, StringComparison.Ordinal);
        Assert.True(BridgeLine.TryParse("1.2.3.4:5 k=" + new string(';', 254), out _, out _));
        Assert.False(BridgeLine.TryParse("1.2.3.4:5 k=" + new string(';', 255), out _, out _));
    }

    [Theory]
    [InlineData("k", "a b")]
    [InlineData("k", "a\n")]
    [InlineData("k=", "v")]
    public void Format_WhatTorrcCannotExpress_Throws(string key, string value)
    {
        var bridge = new BridgeLine(null, new(IPAddress.Loopback, 1), null, new([new(key, value)]));
        Assert.Throws<InvalidOperationException>(bridge.Format);
    }

    [Fact]
    public void ToString_Address_NeverShown() => // G5
        Assert.Equal("bridge over obfs4", new BridgeLine("obfs4", new(IPAddress.Loopback, 1), null, PtArguments.Empty).ToString());

    [Fact]
    public void TryParse_AnyText_AcceptsOrExplains() => Generators.ForAll(Generators.Text, text =>
        BridgeLine.TryParse("t 1.2.3.4:5 " + text, out _, out string? error) == (error is null)
        && BridgeLine.TryParse(text, out _, out error) == (error is null));
}
