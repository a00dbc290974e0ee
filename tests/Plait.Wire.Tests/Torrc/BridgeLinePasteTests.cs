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

    [Fact]
    public void Read_AnyText_LinesHaveAPlace() => Generators.ForAll(Generators.Text, text =>
        BridgeLinePaste.Read(text).All(line => line.Number >= 1 && line.ToString() == $"line {line.Number}"));
}
