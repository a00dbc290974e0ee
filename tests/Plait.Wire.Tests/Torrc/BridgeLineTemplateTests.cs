namespace Plait.Wire.Tests.Torrc;

public sealed class BridgeLineTemplateTests
{
    private static readonly PtArguments s_arguments = new([new("x-chain-1-cert", BrokenLineCase.Cert), new("x-chain-1-iat-mode", "0")]);

    [Theory]
    [InlineData(null, null, true, "<IP ADDRESS>:<PORT> <FINGERPRINT>")]
    [InlineData(null, 443, true, "<IP ADDRESS>:443 <FINGERPRINT>")]
    [InlineData("198.51.100.7", 443, true, "198.51.100.7:443 <FINGERPRINT>")]
    [InlineData("2001:db8::7", 443, false, "[2001:db8::7]:443")]
    [InlineData("2001:db8::7", null, false, "[2001:db8::7]:<PORT>")]
    [InlineData(null, 443, false, "<IP ADDRESS>:443")]
    public void Format_WrittenAndFoundAgain_IsTheSame(string? address, int? port, bool isTors, string written)
    {
        var template = new BridgeLineTemplate("obfs3_obfs4", address is null ? null : IPAddress.Parse(address), port, isTors, s_arguments);

        string line = template.Format();

        Assert.Equal($"Bridge obfs3_obfs4 {written} x-chain-1-cert={BrokenLineCase.Cert} x-chain-1-iat-mode=0", line);
        Assert.Equal(template, BridgeLineTemplate.Find($"# A comment\n#\n{line}\n"));
    }

    /// <summary>The file of obfs4proxy (O4-7).</summary>
    [Fact]
    public void Find_FileOfObfs4proxy_IsRead() => Assert.Equal(
        new("obfs4", null, null, IsTors: true, new([new("cert", "abc"), new("iat-mode", "0")])),
        BridgeLineTemplate.Find("# obfs4 torrc client bridge line\n#\n\nBridge obfs4 <IP ADDRESS>:<PORT> <FINGERPRINT> cert=abc iat-mode=0\n"));

    [Theory]
    [InlineData("")]
    [InlineData("# Bridge obfs4 192.0.2.1:1")]
    [InlineData("Bridge obfs4")]
    [InlineData("Bridge 192.0.2.1:1")]
    [InlineData("Bridge obfs4 bridge.example:443")]
    public void Find_NoSuchLine_IsNone(string file) => Assert.Null(BridgeLineTemplate.Find(file));

    [Fact]
    public void Format_ArgumentWithABlank_Throws() => Assert.Throws<InvalidOperationException>(
        new BridgeLineTemplate("a", null, null, IsTors: true, new([new("k", "a b")])).Format);
}
