namespace Plait.Wire.Tests.Hints;

public class ArgumentReviewTests
{
    private const string Cert = "VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg"; // of a vector (9.3)
    private const string Zero = "\u200B";
    private const string NoBreak = "\u00A0";

    /// <summary>The words of a line for obfs3|obfs4, and the one finding.</summary>
    public static TheoryData<string, string> Odd => new()
    {
        { $"X-Chain-1-cert={Cert} x-chain-1-iat-mode=0", "`X-Chain-1-cert`: keys are lower case; write x-chain-1-cert" },
        { $"x_chain_1_cert={Cert} x-chain-1-iat-mode=0", "`x_chain_1_cert`: write x-chain-1-cert" },
        { $"x-chain-1-cert={Cert} iat-mod=0", "`iat-mod`: not a key of obfs4; did you mean iat-mode?" },
        { $"x-chain-1-cert={Cert} x-chain-1-iat-mod=0", "`x-chain-1-iat-mod`: not a key of obfs4; did you mean x-chain-1-iat-mode?" },
        { $"x-chain-1-cert={Cert} x-chain-1-IAT-MODE=0", "`x-chain-1-IAT-MODE`: keys are lower case; write x-chain-1-iat-mode" },
        { $"cert={Cert} iat_mode=0", "`iat_mode`: write iat-mode" },
        { $"{Zero}cert={Cert} iat-mode=0", "U+200B (zero width space) in a key: write cert" },
        { $"\"x-chain-1-cert={Cert} iat-mode=0", "a key is in quotes: tor reads them as part of the key; write x-chain-1-cert" },
        { $"cert={Cert}", "iat-mode is missing: obfs4 needs it; write x-chain-1-iat-mode=..." },
        { "iat-mode=0", "cert is missing: obfs4 needs it; copy the whole line again from the operator of the bridge (x-chain-1-cert=...)" },
        { $"x-chain-0-cert={Cert} iat-mode=0", "x-chain-0-cert is for another hop, and obfs4 has no cert; write x-chain-1-cert" },
        { $"cert={Cert},iat-mode=0", "U+002C (,) between cert and iat-mode: write a plain blank" },
        { $"cert={Cert};iat-mode=0", "U+003B (;) between cert and iat-mode: write a plain blank" },
        { $"cert={Cert}{NoBreak}iat-mode=0", "U+00A0 (no-break space) between cert and iat-mode: write a plain blank" },
        { $"cert={Cert}{NoBreak} iat-mode=0", "U+00A0 (no-break space) after cert: remove it" },
        { $"cert={Zero}{Cert} iat-mode=0", "U+200B (zero width space) before the value of cert: remove it" },
        { $"cert={Cert[..35]}\r{Cert[35..]} iat-mode=0", "U+000D (carriage return) in cert, character 36: remove it" },
        { $"cert={Cert}== iat-mode=0", "cert ends in '=', which obfs4 leaves out: remove it" },
        { $"cert={Cert[..^1]} iat-mode=0", "cert of obfs4 has 70 characters, this one 69: copy the line again" },
        { $"cert={Cert}A iat-mode=0", "cert of obfs4 has 70 characters, this one 71: copy the line again" },
        { $"cert=\"{Cert}\" iat-mode=0", "cert is in quotes: tor reads them as part of the value, leave them out" },
        { $"cert=\u201C{Cert}\u201D iat-mode=0", "cert is in quotes: tor reads them as part of the value, leave them out" },
        { "cert=CERT iat-mode=0", "cert is a placeholder: write the value from the bridge's own line" },
        { "cert=<cert> iat-mode=0", "cert is a placeholder: write the value from the bridge's own line" },
        { "cert= iat-mode=0", "cert is empty" },
        { $"cert={Cert.Replace('+', '-')} iat-mode=0", "U+002D (-) in cert, character 10, is not base64: copy the line again" },
        { $"cert=\u0412{Cert[1..]} iat-mode=0", "U+0412 in cert, character 1, is not base64: copy the line again" },
        { $"cert={Cert} iat-mode=9", "iat-mode of obfs4 is 0, 1 or 2, not 9" },
        { $"cert={Cert} iat-mode=secret", "iat-mode of obfs4 is 0, 1 or 2" },
        { $"node-id={new string('a', 40)} public-key={new string('g', 64)} iat-mode=0", "U+0067 (g) in public-key, character 1, is not a hex digit: copy the line again" },
    };

    [Theory]
    [MemberData(nameof(Odd))]
    public void Of_OddArgument_SaysWhatToWrite(string words, string expected)
    {
        ArgumentFinding finding = Assert.Single(ArgumentReview.Of(Read(words), ["obfs3", "obfs4"]));
        Assert.Equal(expected, finding.Text);
        Assert.All(finding.Text, letter => Assert.InRange(letter, ' ', '~')); // fit for a LOG line (M47)
        Assert.Equal(finding.Key.StartsWith("X-Chain", StringComparison.Ordinal) || finding.Key.Contains("x_chain", StringComparison.Ordinal)
            || finding.Key.StartsWith("\"x-chain", StringComparison.Ordinal) ? null : 1, finding.Hop);
    }

    [Theory]
    [InlineData("obfs3|obfs4", "x-chain-1-cert=" + Cert + " iat-mode=0")]
    [InlineData("obfs4", "cert=" + Cert + " iat-mode=2")]
    [InlineData("obfs4", "node-id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa public-key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa iat-mode=1")]
    [InlineData("obfs4|obfs4", "cert=" + Cert + " iat-mode=0")]
    [InlineData("webtunnel|obfs4", "x-chain-0-url=https://example.com/p ver=0.0.7 x-chain-1onwards-cert=" + Cert + " iat-mode=0")]
    [InlineData("obfs4|webtunnel", "x-chain-0-cert=" + Cert + " iat-mode=0 url=https://example.com/p x-chain-1-cert=VZrq0IJk1XldOQlxjN0Fq9SVcuhP5VWQ7vMaiKCP3/0=")]
    [InlineData("snowflake", "fingerprint=2B280B23E1107BB62ABFC40DDCC8824814F80A72 url=https://broker.example/ fronts=a.example,b.example ice=stun:stun.example:3478 utls-imitate=hellorandomizedalpn")]
    [InlineData("meek_lite", "url=https://meek.example/ front=www.example")]
    [InlineData("dnstt", "doh=https://dns.example/dns-query pubkey=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa domain=t.example")]
    [InlineData("conjure", "url=https://amp.example registrar=ampcache ampcache=https://cdn.example/ fronts=www.example transport=prefix")]
    [InlineData("nosuch|b64", "cert=CERT anything=\"x\"")] // an unknown transport is never reported
    public void Of_LineInUse_FindsNothing(string chain, string words) =>
        Assert.Empty(ArgumentReview.Of(Read(words), chain.Split('|')));

    [Fact]
    public void Of_SingleTransport_NeedsNoHopNumbers() => Assert.Equal(
        ["cert is missing: obfs4 needs it; copy the whole line again from the operator of the bridge (cert=...)", "iat-mode is missing: obfs4 needs it; write iat-mode=..."],
        ArgumentReview.Of(PtArguments.Empty, ["obfs4"]).Select(finding => finding.Text));

    [Fact]
    public void Of_AKeyThatMayBeASecret_IsNotShown()
    {
        string secret = "iat-mod" + new string('x', 2) + Cert;
        Assert.All(ArgumentReview.Of(Read($"{secret}=1"), ["obfs4"]), finding => Assert.DoesNotContain(Cert, finding.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_AnyArguments_FindingsFitALogLine() => Generators.ForAll(Generators.Arguments, arguments => // M47
        ArgumentReview.Of(arguments, ["obfs4", "webtunnel", "snowflake"]).All(finding => finding.Text.All(letter => letter is >= ' ' and <= '~' and not '"')));

    [Fact]
    public void All_Indirect_DialTargetsOfTheirOwn() => Assert.Equal(
        ["snowflake", "meek", "meek_lite", "webtunnel", "conjure", "dnstt"],
        KnownTransports.All.Where(transport => transport.IsIndirect).Select(transport => transport.Name));

    private static PtArguments Read(string words)
    {
        Assert.True(PtArguments.TryParseWords(words.Split(' '), out PtArguments arguments, out string? error), error);
        return arguments;
    }
}
