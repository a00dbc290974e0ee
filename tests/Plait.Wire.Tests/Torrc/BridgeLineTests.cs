namespace Plait.Wire.Tests.Torrc;

public sealed class BridgeLineTests
{
    private const string Fingerprint = "0123456789ABCDEF0123456789abcdef01234567";

    [Theory] // N15 to N18, D8
    [InlineData("Bridge obfs4 192.0.2.3:1 " + Fingerprint + " cert=a== iat-mode=0", "obfs4", "192.0.2.3:1", Fingerprint, "cert=a==;iat-mode=0")]
    [InlineData("bridge 192.0.2.3", null, "192.0.2.3:443", null, "")]
    [InlineData("BRIDGE t1 192.0.2.3", "t1", "192.0.2.3:443", null, "")]
    [InlineData("[2001:db8::5]:444 " + Fingerprint, null, "[2001:db8::5]:444", Fingerprint, "")]
    [InlineData("t1 [2001:db8::5] a=", "t1", "[2001:db8::5]:443", null, "a=")]
    [InlineData("  t1\t192.0.2.3:9  keyid=" + Fingerprint + "\r\n", "t1", "192.0.2.3:9", null, "keyid=" + Fingerprint)]
    [InlineData("snowflake 192.0.2.3:1 " + Fingerprint + " fingerprint=F url=https://a/?b=c", "snowflake", "192.0.2.3:1", Fingerprint, "fingerprint=F;url=https://a/?b=c")]
    [InlineData("Bridge Bridge 192.0.2.3:1", "Bridge", "192.0.2.3:1", null, "")]
    public void Read_Good_NothingFound(string line, string? transport, string address, string? fingerprint, string arguments)
    {
        BridgeLineReading reading = BridgeLineReader.Read(line);

        Assert.Empty(reading.Findings);
        BridgeLine bridge = reading.Bridge!;
        Assert.Equal(
            (transport, address, fingerprint, arguments),
            (bridge.Transport, AddressText.Format(bridge.Address), bridge.Fingerprint, bridge.Arguments.FormatClient()));
        Assert.Equal(bridge, BridgeLineReader.Read(bridge.Format()).Bridge);
    }

    /// <summary>Changes that word processors, mail and web pages make to a line.</summary>
    [Theory]
    [InlineData("obfs4\u00A0192.0.2.3:1 k=v", 6, BridgeLineFault.ForeignBlank, "column 6: U+00A0 (no-break space), which tor does not read as a blank")]
    [InlineData("obfs4 192.0.2.3:1\u3000k=v", 18, BridgeLineFault.ForeignBlank, "column 18: U+3000 (ideographic space), which tor does not read as a blank")]
    [InlineData("obfs4 192.0.2.3:1\vk=v", 18, BridgeLineFault.ForeignBlank, "column 18: U+000B, which tor does not read as a blank")]
    [InlineData("obfs4 192.0.2.3:1 k=\u200Bv", 21, BridgeLineFault.Invisible, "column 21: U+200B (zero width space), which cannot be seen")]
    [InlineData("\uFEFFobfs4 192.0.2.3:1 k=v", 1, BridgeLineFault.Invisible, "column 1: U+FEFF (byte order mark), which cannot be seen")]
    [InlineData("obfs4 192.0.2.3:1 k\u00AD=v", 20, BridgeLineFault.Invisible, "column 20: U+00AD (soft hyphen), which cannot be seen")]
    [InlineData("obfs4 192.0.2.3:1 \u202Ek=v", 19, BridgeLineFault.Invisible, "column 19: U+202E, which cannot be seen")]
    [InlineData("obfs4 192.0.2.3:1\rk=v", 18, BridgeLineFault.LineBreak, "column 18: U+000D (carriage return): a line end inside the line")]
    [InlineData("obfs4 192.0.2.3:1\nk=v\n", 18, BridgeLineFault.LineBreak, "column 18: U+000A (line feed): a line end inside the line")]
    [InlineData("obfs4 192.0.2.3:1\u2028k=v", 18, BridgeLineFault.LineBreak, "column 18: U+2028: a line end inside the line")]
    [InlineData("\"obfs4 192.0.2.3:1 k=v\"", 1, BridgeLineFault.QuotesAround, "column 1: the line is in quotes")]
    [InlineData("'Bridge obfs4 192.0.2.3:1 k=v'", 1, BridgeLineFault.QuotesAround, "column 1: the line is in quotes")]
    [InlineData("Bridge \u201Cobfs4 192.0.2.3:1 k=v\u201D", 8, BridgeLineFault.QuotesAround, "column 8: the line is in quotes")]
    [InlineData("`obfs4 192.0.2.3:1 k=v", 1, BridgeLineFault.QuotesAround, "column 1: the line is in quotes")]
    [InlineData("Bridge bridge obfs4 192.0.2.3:1 k=v", 8, BridgeLineFault.RepeatedWord, "column 8: the word Bridge stands twice, and tor reads the second as a transport")]
    public void Read_SafeMistake_IsFoundAndCorrected(string line, int column, BridgeLineFault fault, string what)
    {
        BridgeLineReading reading = BridgeLineReader.Read(line);

        BridgeLineFinding finding = Assert.Single(reading.Findings);
        Assert.Equal((column, fault, what, true), (finding.Column, finding.Fault, finding.What, finding.IsCorrected));
        Assert.EndsWith(".", finding.Instead, StringComparison.Ordinal);
        Assert.Equal("Bridge obfs4 192.0.2.3:1 k=v", reading.Bridge?.Format());
    }

    /// <summary>tor accepts the line, and the transport gets a wrong value.</summary>
    [Theory]
    [InlineData("obfs4 192.0.2.3:1 k=\"v\"", 21, BridgeLineFault.Quote, "column 21: U+0022 (\"): tor reads a quote as part of the word")]
    [InlineData("obfs4 192.0.2.3:1 k=\u201Cv\u201D", 21, BridgeLineFault.Quote, "column 21: U+201C (left double quote): tor reads a quote as part of the word")]
    [InlineData("obfs4 192.0.2.3:1 my\u2013mode=0", 21, BridgeLineFault.ForeignDash, "column 21: U+2013 (en dash), which is not the dash of the keyboard")]
    [InlineData("obfs4 192.0.2.3:1 k=v#w", 22, BridgeLineFault.CommentMark, "column 22: a # starts a comment in torrc, and tor does not read what stands after it")]
    [InlineData("obfs4 192.0.2.3:1 k=\0", 21, BridgeLineFault.ControlCharacter, "column 21: U+0000, a control character")]
    [InlineData("obfs4 192.0.2.3:1 k=\uFFFD", 21, BridgeLineFault.NotUtf8, "column 21: bytes that are not UTF-8")]
    public void Read_UnsafeMistake_IsFound(string line, int column, BridgeLineFault fault, string what)
    {
        BridgeLineReading reading = BridgeLineReader.Read(line);

        BridgeLineFinding finding = Assert.Single(reading.Findings);
        Assert.Equal((column, fault, what, false), (finding.Column, finding.Fault, finding.What, finding.IsCorrected));
        Assert.False(reading.IsRefused);
        Assert.NotNull(reading.Bridge);
    }

    [Theory] // N15, N16, N18
    [InlineData("", 1, BridgeLineFault.AddressMissing)]
    [InlineData("Bridge", 7, BridgeLineFault.AddressMissing)]
    [InlineData("Bridge obfs4", 13, BridgeLineFault.AddressMissing)]
    [InlineData("obfs4 cert=a", 7, BridgeLineFault.AddressMissing)]
    [InlineData("localhost:9", 1, BridgeLineFault.HostName)]
    [InlineData("obfs4 localhost:9", 7, BridgeLineFault.HostName)]
    [InlineData("obfs4 192.0.2:9", 7, BridgeLineFault.AddressWrong)]
    [InlineData("mine|obfs4 192.0.2.3:1", 5, BridgeLineFault.NameWrong)]
    [InlineData("3obfs 192.0.2.3:1", 1, BridgeLineFault.NameWrong)]
    [InlineData("192.0.2.3:0", 11, BridgeLineFault.PortWrong)]
    [InlineData("192.0.2.3:", 1, BridgeLineFault.PortWrong)]
    [InlineData("obfs4 192.0.2.3:70000", 17, BridgeLineFault.PortWrong)]
    [InlineData("obfs4 [2001:db8::5]:http", 21, BridgeLineFault.PortWrong)]
    [InlineData("2001:db8::5:443", 1, BridgeLineFault.BracketsMissing)]
    [InlineData("192.0.2.3:1 " + Fingerprint + "8", 13, BridgeLineFault.FingerprintWrong)]
    [InlineData("192.0.2.3:1 0123456789ABCDEFG123456789abcdef01234567", 29, BridgeLineFault.FingerprintWrong)]
    [InlineData("192.0.2.3:1 FINGERPRINT k=v", 13, BridgeLineFault.FingerprintPlaceholder)]
    [InlineData("192.0.2.3:1 " + Fingerprint + " " + Fingerprint, 54, BridgeLineFault.FingerprintLate)]
    [InlineData("192.0.2.3:1 =b", 13, BridgeLineFault.KeyMissing)]
    [InlineData("192.0.2.3:1 word", 13, BridgeLineFault.FingerprintWrong)]
    [InlineData("192.0.2.3:1 a=b word", 17, BridgeLineFault.WordWithoutKey)]
    public void Read_RefusedByTor_IsNamedAndNotQuoted(string line, int column, BridgeLineFault fault)
    {
        BridgeLineReading reading = BridgeLineReader.Read(line);

        Assert.True(reading.IsRefused);
        BridgeLineFinding finding = Assert.Single(reading.Findings);
        Assert.Equal((column, fault), (finding.Column, finding.Fault));
        Assert.StartsWith($"column {column}: ", finding.What, StringComparison.Ordinal);
        foreach (string word in line.Split(' ').Where(word => word.Length > 4 && word is not ("Bridge" or "FINGERPRINT")))
        {
            Assert.DoesNotContain(word, finding.What, StringComparison.Ordinal); // G5
        }
    }

    [Fact]
    public void Read_SeveralMistakes_AreReportedInOrder()
    {
        BridgeLineReading reading = BridgeLineReader.Read("\u201Cobfs4\u00A0192.0.2.3:1 FINGERPRINT =v word k=\u200Bv\u201D");

        Assert.True(reading.IsRefused);
        Assert.Equal("k=v", reading.Bridge?.Arguments.FormatClient());
        Assert.Equal(
            [
                (1, BridgeLineFault.QuotesAround), (7, BridgeLineFault.ForeignBlank), (20, BridgeLineFault.FingerprintPlaceholder),
                (32, BridgeLineFault.KeyMissing), (35, BridgeLineFault.WordWithoutKey), (42, BridgeLineFault.Invisible),
            ],
            reading.Findings.Select(finding => (finding.Column, finding.Fault)));
    }

    [Fact] // N19: 510 bytes in the escaped form
    public void Read_ArgumentLength_510IsTheMost()
    {
        Assert.Equal(510, BridgeLineReader.Read("1.2.3.4:5 k=" + new string('v', 508)).Bridge?.ArgumentLength);
        BridgeLineFinding finding = Assert.Single(BridgeLineReader.Read("1.2.3.4:5 k=" + new string('v', 509)).Findings);
        Assert.Equal("column 11: the arguments need 511 bytes, and tor carries 510", finding.What);
        Assert.False(BridgeLineReader.Read("1.2.3.4:5 k=" + new string(';', 254)).IsRefused);
        Assert.True(BridgeLineReader.Read("1.2.3.4:5 k=" + new string(';', 255)).IsRefused);
    }

    [Theory]
    [InlineData("k", "a b")]
    [InlineData("k", "a\n")]
    [InlineData("k=", "v")]
    public void Format_NoFormInTorrc_Throws(string key, string value)
    {
        var bridge = new BridgeLine(null, new(IPAddress.Loopback, 1), null, new([new(key, value)]));
        Assert.Throws<InvalidOperationException>(bridge.Format);
    }

    [Fact]
    public void ToString_Address_NeverShown() => // G5
        Assert.Equal("bridge over obfs4", new BridgeLine("obfs4", new(IPAddress.Loopback, 1), null, PtArguments.Empty).ToString());

    [Fact]
    public void Read_AnyText_GivesABridgeOrIsRefused() => Generators.ForAll(Generators.Text, text =>
        new[] { text, "t 1.2.3.4:5 " + text }.Select(BridgeLineReader.Read).All(reading =>
            reading.Bridge is not null || reading.IsRefused));

    [Fact]
    public void Words_OfEveryFault_AreTwoSentences()
    {
        foreach (BridgeLineFault fault in Enum.GetValues<BridgeLineFault>())
        {
            var finding = new BridgeLineFinding(7, fault, 0x2007, 41);
            Assert.Matches(@"^column 7: \S.*[^.]$", finding.What);
            Assert.Matches(@"^[A-Z].*[^.]\.$|^[A-Z].*\.\.\.$", finding.Instead);
        }

        Assert.Equal(Enum.GetValues<BridgeLineFault>().Length, Enum.GetValues<BridgeLineFault>().Select(fault => new BridgeLineFinding(1, fault).What).Distinct().Count());
    }
}
