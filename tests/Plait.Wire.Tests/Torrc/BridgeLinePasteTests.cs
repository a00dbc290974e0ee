namespace Plait.Wire.Tests.Torrc;

public sealed class BridgeLinePasteTests
{
    private const string Rest = BrokenLineCase.Fingerprint + " cert=" + BrokenLineCase.Cert + " iat-mode=0";
    private const string First = "obfs4 198.51.100.7:443 " + Rest, Second = "obfs4 198.51.100.8:443 " + Rest;

    private static readonly string s_half = BrokenLineCase.Cert[..30], s_otherHalf = BrokenLineCase.Cert[30..];

    /// <summary>Each text holds the two lines, at these places.</summary>
    public static TheoryData<string, int, int> Texts => new()
    {
        { $"{First}\n{Second}\n", 1, 2 },
        { $"\r\n{First}\r\n\r\n{Second}\r\n", 2, 4 },
        { $"Hello,\n\nhere are your bridges. Bridges are secret.\n\n{First}\n{Second}\n\nRegards", 5, 6 },
        { $"> Bridge {First}\n> Bridge {Second}", 1, 2 },
        { $"> obfs4 198.51.100.7:443\n> {Rest}\n> obfs4 198.51.100.8:443\n> {Rest}\nThanks!", 1, 3 },
        { $"obfs4 198.51.100.7:443 {BrokenLineCase.Fingerprint} cert={s_half}\n{s_otherHalf} iat-mode=0\n{Second}", 1, 3 },
        { $"obfs4 198.51.100.7:443 {BrokenLineCase.Fingerprint} cert={s_half}\n{s_otherHalf[..20]}\n{s_otherHalf[20..]}\niat-mode=0\n{Second}", 1, 5 },
        { $"Bridge {First} Bridge {Second}", 1, 1 },
        { $"{First} {Second}", 1, 1 },
        { $"- {First}\n- {Second}", 1, 2 },
        { $"1. {First}\n2. {Second}", 1, 2 },
        { $"```\n{First}\n{Second}\n```", 2, 3 },
        { $"\"bridges\": [\n  \"{First}\",\n  \"{Second}\"\n]", 2, 3 },
        { $"['{First}', '{Second}']", 1, 1 },
        { $"[\"{First}\",\n\"{Second.Replace("/", "\\/", StringComparison.Ordinal)}\"]", 1, 2 },
        { $"UseBridges 1\nBridge {First}\n# Bridge obfs4 198.51.100.9:443\nBridge {Second}\nSocksPort 9050", 2, 4 },
        { $"Try this one: {First}\nor this: {Second}", 1, 2 },
        { $"<p>{First}</p>\n<p>{Second}</p>", 1, 2 },
        { $"obfs4&nbsp;198.51.100.7:443 {Rest}\n{Second}", 1, 2 },
        { $"**{First}**\n{Second.ToUpperInvariant().Replace(BrokenLineCase.Cert.ToUpperInvariant(), BrokenLineCase.Cert, StringComparison.Ordinal)}", 1, 2 },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Read_Paste_FindsBothLines(string text, int first, int second)
    {
        IReadOnlyList<PastedBridgeLine> lines = BridgeLinePaste.Read(text);

        Assert.Equal([first, second], lines.Select(line => line.Number));
        Assert.Equal([First, Second], lines.Select(line => BridgeLineReader.Read(line.Text, BridgeLineChain.Known).Mended?.Replace("Bridge ", "", StringComparison.Ordinal)));
    }

    /// <summary>Other text and settings beside a good line are no part of it, and it stays as it is.</summary>
    [Theory]
    [InlineData("enabled=true")]
    [InlineData("password=hunter2\nlog=notice")]
    [InlineData("SocksPort=9050")]
    [InlineData("Hello")]
    [InlineData("-- \nSent from a telephone")]
    [InlineData("ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy url=x")]
    [InlineData("Bridge obfs4 bridge.example:443 cert=abc")]
    public void Read_OtherTextAfterAGoodLine_IsNoPartOfIt(string next)
    {
        PastedBridgeLine line = BridgeLinePaste.Read($"[tor]\n{First}\n{next}\n")[0];

        Assert.Equal(First, line.Read(BridgeLineChain.Known).Mended);
    }

    /// <summary>Nor of one that lacks an argument, where the line after it also holds what is foreign to it.</summary>
    [Fact]
    public void Read_SettingsAfterACutLine_AreNoPartOfIt() => Assert.Equal(
        First[..^" iat-mode=0".Length], Assert.Single(BridgeLinePaste.Read($"{First[..^" iat-mode=0".Length]}\npassword=hunter2 iat-mode=0\n")).Text);

    /// <summary>What may be the rest of a good line is neither joined nor dropped without a word.</summary>
    [Theory]
    [InlineData("snowflake 192.0.2.3:80 fronts=a.example ice=stun:a.example:19302,\nstun:b.example:3478 utls-imitate=hellorandomizedalpn")]
    [InlineData("snowflake 192.0.2.3:80 fronts=a.example ice=stun:a.example:19302,\nstun:b.example:3478")]
    [InlineData("webtunnel 192.0.2.3:80 url=https://a.example/abc\ndef?x=1 ver=0.0.1")]
    [InlineData("webtunnel 192.0.2.3:80 url=https://a.example/abc\nd3f/x")]
    [InlineData("myproxy 192.0.2.3:80 user=a\npassword=b")]
    public void Read_ValueThatALineEndMayHaveCut_IsLeftToAPerson(string text)
    {
        PastedBridgeLine line = Assert.Single(BridgeLinePaste.Read(text));

        BridgeLineReading reading = line.Read(BridgeLineChain.Known);
        Assert.Equal(BridgeLineFault.GoesOn, Assert.Single(reading.Findings).Fault);
        Assert.Equal(BridgeLineVerdict.Bad, reading.Verdict);
        Assert.Null(reading.Mended);
    }

    [Theory]
    [InlineData("webtunnel 192.0.2.3:80 url=https://a.example/abc\nver=0.0.1", "webtunnel 192.0.2.3:80 url=https://a.example/abc ver=0.0.1")]
    [InlineData("Bridge 192.0.2.3:80\n0123456789ABCDEF0123456789ABCDEF01234567", "Bridge 192.0.2.3:80 0123456789ABCDEF0123456789ABCDEF01234567")]
    public void Read_ArgumentsThatAreLacking_AreJoined(string text, string whole) =>
        Assert.Equal(whole, Assert.Single(BridgeLinePaste.Read(text)).Read(BridgeLineChain.Known).Mended);

    [Theory]
    [InlineData("{\"bridges\": [\"obfs3 192.0.2.3:80\"]}", 1, "obfs3 192.0.2.3:80")]
    [InlineData("{\"settings\":[{\"bridges\":{\"type\":\"obfs4\",\n\"bridge_strings\":[\"obfs3 192.0.2.3:80\"]}}]}", 2, "obfs3 192.0.2.3:80")]
    [InlineData("[\"obfs3 192.0.2.3:80\\n\"]", 1, "obfs3 192.0.2.3:80")]
    [InlineData("[\"webtunnel 192.0.2.3:80 url=https:\\/\\/a.example/?a=1\\u0026b=2\"]", 1, "webtunnel 192.0.2.3:80 url=https://a.example/?a=1&b=2")]
    public void Read_Json_StringsAreRead(string text, int number, string line)
    {
        PastedBridgeLine found = Assert.Single(BridgeLinePaste.Read(text));

        Assert.Equal(number, found.Number);
        Assert.Equal(line, found.Read(BridgeLineChain.Known).Mended);
    }

    [Theory]
    [InlineData("obfs4 is the most common transport.")]
    [InlineData("Bridge obfs4 lines look like this:")]
    public void Read_Prose_IsNoLine(string prose) => Assert.Equal(3, Assert.Single(BridgeLinePaste.Read($"{prose}\n\n{First}\n")).Number);

    [Fact]
    public void Read_CommentsOnly_AreFound() => Assert.Equal([2, 3], BridgeLinePaste.Read($"# mine\n#Bridge {First}\n# {Second}\n").Select(line => line.Number));

    [Theory]
    [InlineData("obsf4", "obfs4")]
    [InlineData("obfs3_obsf4", "obfs3_obfs4")]
    [InlineData("webtunel", "webtunnel")]
    public void Read_NameNearAKnownOne_SaysWhich(string name, string known)
    {
        BridgeLineReading reading = Assert.Single(BridgeLinePaste.Read($"Bridge {name} 192.0.2.3:80 cert=x")).Read(BridgeLineChain.Known);

        Assert.Equal($"column 8: the transport is none of the known ones; did you mean {known}?", Assert.Single(reading.Findings).ToString());
        Assert.Equal(BridgeLineVerdict.Bad, reading.Verdict);
    }

    /// <summary>Of the longest text that is read, no form costs more than a moment.</summary>
    [Theory]
    [InlineData("<", 1 << 20, "")]
    [InlineData("<", 150_000, ">")]
    [InlineData("<b ", 300_000, ">")]
    [InlineData("obfs4 ", 170_000, "")]
    public void Read_LongLine_IsReadAtOnce(string piece, int times, string end) =>
        Assert.InRange(Timed(() => BridgeLinePaste.Read(string.Concat(Enumerable.Repeat(piece, times)) + end)), TimeSpan.Zero, TimeSpan.FromSeconds(20));

    [Fact]
    public void Read_MoreLinesThanAreRead_StopsAtTheFirstBeyond() => Assert.Equal(
        BridgeLinePaste.MaxLines + 1, BridgeLinePaste.Read(string.Concat(Enumerable.Repeat("obfs4 192.0.2.3:1 x\n", 20_000))).Count);

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t\n")]
    [InlineData("Dear reader,\n\nbridges are relays that are not listed.\nBridge users know them.\n")]
    [InlineData("[]\n\n[1]")]
    public void Read_TextWithoutBridges_FindsNone(string text) => Assert.Empty(BridgeLinePaste.Read(text));

    /// <summary>A single line was meant, whatever it is.</summary>
    [Theory]
    [InlineData("hello")]
    [InlineData("\nBridge\n")]
    [InlineData("#Bridge obfs4 198.51.100.7:443")]
    public void Read_OneLine_IsOne(string text) => Assert.Equal(text.Trim(), Assert.Single(BridgeLinePaste.Read(text)).Text);

    /// <summary>Columns are those of the text, also where other words stand before the bridge line.</summary>
    [Fact]
    public void Read_LineAfterOtherWords_KeepsItsColumns()
    {
        PastedBridgeLine line = Assert.Single(BridgeLinePaste.Read($"Take obfs4 198.51.100.7:0 {Rest}\nBye"));

        Assert.Equal(25, Assert.Single(BridgeLineReader.Read(line.Text).Findings).Column);
    }

    private static TimeSpan Timed(Action action)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        action();
        return System.Diagnostics.Stopwatch.GetElapsedTime(start);
    }

    [Fact]
    public void Read_AnyText_LinesHaveAPlace() => Generators.ForAll(Generators.Text, text =>
        BridgeLinePaste.Read(text).All(line => line.Number >= 1 && line.ToString() == $"line {line.Number}"));
}
