namespace Plait.Wire.Tests.Pt.Messages;

public sealed class LogAndStatusTests
{
    [Theory] // V16: what C tor logs
    [InlineData("""LOG SEVERITY=error MESSAGE="a \"q\" b\\c" """, LogSeverity.Error, """a "q" b\c""")]
    [InlineData("LOG SEVERITY=warning MESSAGE=unquoted", LogSeverity.Warning, "unquoted")]
    [InlineData("""LOG MESSAGE="x" SEVERITY=notice EXTRA=1""", LogSeverity.Notice, "x")]
    [InlineData("""LOG SEVERITY=notice MESSAGE="oct\303\251" """, LogSeverity.Notice, "octé")]
    [InlineData("""LOG SEVERITY=info MESSAGE="\x41\101\n\t\r\'" """, LogSeverity.Info, "AA\n\t\r'")] // M44
    [InlineData("""LOG SEVERITY="debug" MESSAGE="" """, LogSeverity.Debug, "")]
    [InlineData("LOG SEVERITY=debug MESSAGE=", LogSeverity.Debug, "")]
    [InlineData("""LOG  SEVERITY=notice   MESSAGE="é" """, LogSeverity.Notice, "é")]
    public void Parse_V16GoodLog_Decoded(string line, LogSeverity severity, string text) =>
        Assert.Equal(new LogMessage(severity, text), PtMessage.Parse(line));

    [Theory] // V16: lines that C tor reports as wrong and ignores
    [InlineData("LOG SEVERITY=warn MESSAGE=x")]
    [InlineData("LOG MESSAGE=x")]
    [InlineData("LOG SEVERITY=notice")]
    [InlineData("""LOG SEVERITY=notice MESSAGE="unterminated""")]
    [InlineData("LOG two words")]
    [InlineData("""LOG SEVERITY=notice MESSAGE="nul\000" """)]
    [InlineData("""LOG SEVERITY=notice MESSAGE="\400" """)]
    [InlineData("""LOG SEVERITY=notice MESSAGE="\q" """)]
    [InlineData("""LOG SEVERITY=notice MESSAGE="\x4" """)]
    [InlineData("""LOG SEVERITY=notice MESSAGE="end\""")]
    [InlineData("LOG SEVERITY=notice MESSAGE=x stray")]
    [InlineData("LOG =x SEVERITY=notice MESSAGE=x")]
    [InlineData("LOG WARN text of version 3")] // P7
    public void Parse_V16BadLog_Malformed(string line) =>
        Assert.Equal("LOG", Assert.IsType<MalformedMessage>(PtMessage.Parse(line)).Keyword);

    [Theory] // V16, M49 to M51
    [InlineData("""STATUS TRANSPORT=t1 TYPE=version IMPLEMENTATION="x" VERSION="1" """)]
    [InlineData("""STATUS TYPE=version TRANSPORT=t1 IMPLEMENTATION=x VERSION=1""")]
    public void Parse_V16Status_WrittenInTheSafeForm(string line)
    {
        var message = Assert.IsType<StatusMessage>(PtMessage.Parse(line));
        Assert.Equal("t1", message.Transport);
        Assert.Equal([new("TYPE", "version"), new("IMPLEMENTATION", "x"), new("VERSION", "1")], message.Values);
        Assert.Equal("""STATUS TRANSPORT=t1 TYPE=version IMPLEMENTATION="x" VERSION="1" """.TrimEnd(), message.Format()); // M50
    }

    [Fact] // M49: goptlib's own form
    public void Parse_StatusWithoutTransport_Legal() =>
        Assert.Null(Assert.IsType<StatusMessage>(PtMessage.Parse("""STATUS TYPE=version IMPLEMENTATION="lyrebird" VERSION="0.2" """)).Transport);

    [Theory] // V16
    [InlineData("STATUS TRANSPORT")]
    [InlineData("STATUS TRANSPORT=t|1")]
    [InlineData("STATUS \u0001TYPE=a")] // found by eng/fuzz pt-message: written again it was another key, or none
    [InlineData("STATUS \u0003=")]
    [InlineData("STATUS \r")]
    [InlineData("""STATUS TRANSPORT=t1 K="v""")]
    public void Parse_V16BadStatus_Malformed(string line) =>
        Assert.Equal("STATUS", Assert.IsType<MalformedMessage>(PtMessage.Parse(line)).Keyword);

    [Fact] // M46, M47
    public void Format_Log_FreeOfEscapes() => Assert.Equal(
        "LOG SEVERITY=warning MESSAGE=\"a 'q' b/c ? end\"",
        new LogMessage(LogSeverity.Warning, "a \"q\"\nb\\c é\tend\r\n").Format());

    [Fact]
    public void Format_StatusWithQuotes_KeysAndValuesStayApart() => Assert.Equal(
        "STATUS TRANSPORT=t_1 k_='v' TYPE=\"two words\"",
        new StatusMessage("t 1", [new("k=", "v")]).Format().Replace("\"v\"", "'v'", StringComparison.Ordinal)
        + new StatusMessage(null, [new("TYPE", "two words")]).Format()["STATUS".Length..]);

    [Fact] // found by eng/fuzz pt-message: the cleaned value was of another kind
    public void Format_StatusTypeWithControl_IsWrittenAsItIsRead() => Assert.Equal(
        "STATUS TYPE=version", new StatusMessage(null, [new("TYPE", "version\u0005")]).Format());

    [Fact]
    public void Equals_StatusWithEqualPairs_Equal()
    {
        var first = new StatusMessage("t", [new("k", "v")]);
        var second = new StatusMessage("t", [new("k", "v")]);
        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.NotEqual(first, new StatusMessage("t", [new("k", "w")]));
    }
}
