using Plait.Fuzz.Engine;
using Plait.Wire.Torrc;

namespace Plait.Fuzz.Wire;

/// <summary>What people paste as bridge lines: found, explained and mended.</summary>
internal sealed class BridgeLineMendTarget : FuzzTarget
{
    private const string Good = "obfs3 198.51.100.7:443 0123456789ABCDEF0123456789ABCDEF01234567"; // it takes no arguments

    internal override string Name => "bridge-line-mend";

    internal override string Invariant =>
        "a good line is unchanged, also with any text after it; a mended line is good, the same bridge, and mended as itself; each line of a paste stands in it";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "Bridge ", "Bridge: ", "bridge=", "obfs4 ", "OBFS4 ", "obfs3|obfs4 ", "obfs3_obfs4 ", "obfs3\\_obfs4 ", "obfs4://", "webtunnel ",
        "198.51.100.7:443 ", "198.51.100.7 443 ", "[198.51.100.7]:443 ", "2001:db8::7:50443 ", "2001:db8::abcd ", "http://198.51.100.7:443/ ",
        "[198.51.100.7:443](http://198.51.100.7:443) ", "0123456789ABCDEF0123456789ABCDEF01234567 ", "$0123456789ABCDEF0123456789ABCDEF01234567~x ",
        "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567 ", "<IP ADDRESS>:<PORT> ",
        "cert=VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg ",
        "cert=VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN", "+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg", "iat-mode=0", "iat-mode:0", "IAT_MODE=0 ",
        "x-chain-1-", "X-Chain-2-", "x_chain1_", "url=https://a.example/ ", "url=<https://a.example> ", "\n", "\r\n> ", "- ", "* ", "**", "`", "```", "1. ",
        "[\"", "\", \"", "\"]", "['", "']", "&amp;", "&#61;", "&nbsp;", "%20", "%3D", "<code>", "</code>", "<br/>", "](x)", "\\", "=3D", "==", ",", ";",
        "#", " # ", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbc\x91", "\xd9\xa4", "\xe2\x80\x93", "\xe2\x80\x9c", "\xe2\x80\x9d",
    ];

    // A line is looked at anew after each correction, and a paste line by line.
    internal override long? MaxAllocation(int inputLength) => (2 * 1024 * 1024) + (128L * 1024 * inputLength);

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        string? first = BridgeLinePaste.Read($"{Good}\n{text}")[0].Read(BridgeLineChain.Known).Mended;
        Check.That(first is null or Good, "a good line before any text is unchanged, or left to a person");
        IReadOnlyList<PastedBridgeLine> pasted = BridgeLinePaste.Read(text);
        Check.That(pasted.All(line => line.Number >= 1 && line.Number <= text.ReplaceLineEndings("\n").Split('\n').Length), "a place in the paste");
        return Behaviour.Of(Judge(text), pasted.Count, pasted.Count == 0 ? "" : Judge(pasted[0].Text));
    }

    private static string Judge(string line)
    {
        BridgeLineReading reading = BridgeLineReader.Read(line, BridgeLineChain.Known);
        Check.That(reading.Mended is null == reading.Verdict is BridgeLineVerdict.Bad, "a mended line, or a mistake that is left");
        foreach (BridgeLineFinding finding in reading.Findings)
        {
            Check.OneLine(finding.ToString(), "the finding");
        }

        if (reading.Mended is { } mended)
        {
            Check.That(reading.Verdict is not BridgeLineVerdict.Good || mended == line.Trim(' ', '\t', '\r', '\n'), "a good line is unchanged");
            BridgeLineReading again = BridgeLineReader.Read(mended, BridgeLineChain.Known);
            Check.That(again.Verdict is BridgeLineVerdict.Good, "a mended line is good");
            Check.Equal(mended, again.Mended!, "mended as itself");
            Check.Equal(reading.Bridge!.Format(), again.Bridge!.Format(), "the same bridge");
        }

        return Behaviour.Of(reading.Verdict, reading.Findings.FirstOrDefault()?.Fault, reading.Findings.LastOrDefault()?.Fault, reading.Bridge?.Fingerprint is null);
    }
}
