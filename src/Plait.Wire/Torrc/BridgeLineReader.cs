using System.Buffers;
using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>Reads bridge lines as tor does (N15 to N19), and reports every mistake with its column.</summary>
/// <remarks>
/// Text processors, mail and web pages change characters of a line. The reader corrects such a change if the changed form can have no meaning of
/// its own. The leading word <c>Bridge</c> is optional, in any case.
/// </remarks>
public static class BridgeLineReader
{
    /// <summary>Hex digits of a fingerprint (N16).</summary>
    internal const int FingerprintLength = 40;

    private const int DefaultPort = 443; // N15
    private const string Keyword = "Bridge";
    private const string Quotes = "\"'`\u2018\u2019\u201C\u201D\u201E\u00AB\u00BB";

    private static readonly SearchValues<char> s_nameLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789ABCDEFabcdef");

    /// <summary>Reads one line. Reading continues after a mistake, so that every mistake is reported.</summary>
    /// <param name="line">The line, with or without the leading word <c>Bridge</c>. Blanks and line ends at its end are ignored.</param>
    public static BridgeLineReading Read(string line)
    {
        var findings = new List<BridgeLineFinding>();
        BridgeLineText text = BridgeLineText.Of(line, findings);
        text.RemoveQuotes();
        if (text.Skip(Keyword))
        {
            text.RemoveQuotes();
            SkipRepeated(text, findings);
        }

        (List<BridgeLineWord> words, int end) = text.Words();
        findings.AddRange(
            from word in words
            let at = word.Text.AsSpan().IndexOfAny(Quotes)
            where at >= 0
            select new BridgeLineFinding(word.Columns[at], BridgeLineFault.Quote, word.Text[at]));
        BridgeLine? bridge = Read(new(words), end, findings);
        return new(bridge, [.. findings.OrderBy(finding => finding.Column)]);
    }

    /// <summary>Skips a second <c>Bridge</c>, unless it is the name of a transport: an address follows it then.</summary>
    private static void SkipRepeated(BridgeLineText text, List<BridgeLineFinding> findings)
    {
        if (text.Words().Words is [var again, var next, ..] && again.Text.Equals(Keyword, StringComparison.OrdinalIgnoreCase)
            && TransportName.IsValid(next.Text))
        {
            findings.Add(new(again.Column, BridgeLineFault.RepeatedWord));
            text.Skip(Keyword);
        }
    }

    private static BridgeLine? Read(Queue<BridgeLineWord> words, int end, List<BridgeLineFinding> findings)
    {
        int before = findings.Count;
        string? transport = ReadName(words, findings);
        IPEndPoint? address = findings.Count == before ? ReadAddress(words, end, findings) : null;
        if (address is null)
        {
            return null; // the meaning of the words after it is unknown
        }

        string? fingerprint = ReadFingerprint(words, findings);
        int first = words.TryPeek(out BridgeLineWord? next) ? next.Column : end;
        PtArguments arguments = ReadArguments(words, findings);
        var bridge = new BridgeLine(transport, address, fingerprint, arguments);
        if (bridge.ArgumentLength > BridgeLine.MaxArgumentLength)
        {
            findings.Add(new(first, BridgeLineFault.TooLong, Count: bridge.ArgumentLength));
        }

        return bridge;
    }

    private static string? ReadName(Queue<BridgeLineWord> words, List<BridgeLineFinding> findings)
    {
        if (words.Count == 0)
        {
            return null;
        }

        BridgeLineWord first = words.Peek();
        if (TransportName.IsValid(first.Text))
        {
            return words.Dequeue().Text;
        }

        if (!TryParseAddress(first.Text, out _) && words.Count > 1 && TryParseAddress(words.ElementAt(1).Text, out _))
        {
            int wrong = first.Text.AsSpan().IndexOfAnyExcept(s_nameLetters);
            findings.Add(new(first.Columns[Math.Max(wrong, 0)], BridgeLineFault.NameWrong));
        }

        return null;
    }

    private static IPEndPoint? ReadAddress(Queue<BridgeLineWord> words, int end, List<BridgeLineFinding> findings)
    {
        if (!words.TryDequeue(out BridgeLineWord? word) || word.Text.Contains('=', StringComparison.Ordinal))
        {
            findings.Add(new(word?.Column ?? end, BridgeLineFault.AddressMissing));
            return null;
        }

        if (TryParseAddress(word.Text, out IPEndPoint? address))
        {
            return address;
        }

        int colon = word.Text.LastIndexOf(':');
        ReadOnlySpan<char> host = colon < 0 ? word.Text : word.Text.AsSpan(0, colon);
        bool hostIsSound = AddressText.TryParseAddress(host, out _);
        BridgeLineFault fault =
            AddressText.TryParseAddress(word.Text, out _) || (hostIsSound && host.Contains(':') && host[0] != '[') ? BridgeLineFault.BracketsMissing
            : hostIsSound && colon > 0 ? BridgeLineFault.PortWrong
            : host.ContainsAnyInRange('g', 'z') || host.ContainsAnyInRange('G', 'Z') ? BridgeLineFault.HostName
            : BridgeLineFault.AddressWrong;
        findings.Add(new(fault == BridgeLineFault.PortWrong && colon + 1 < word.Columns.Count ? word.Columns[colon + 1] : word.Column, fault));
        return null;
    }

    private static bool TryParseAddress(string text, out IPEndPoint? address)
    {
        if (AddressText.TryParse(text, out address))
        {
            return address.Port != 0;
        }

        // An IPv6 address without a port still needs its brackets: tor would read its last group as a port.
        bool bare = text.StartsWith('[') || !text.Contains(':', StringComparison.Ordinal);
        address = bare && AddressText.TryParseAddress(text, out IPAddress? ip) ? new(ip, DefaultPort) : null;
        return address is not null;
    }

    private static string? ReadFingerprint(Queue<BridgeLineWord> words, List<BridgeLineFinding> findings)
    {
        if (!words.TryPeek(out BridgeLineWord? word) || word.Text.Contains('=', StringComparison.Ordinal))
        {
            return null;
        }

        words.Dequeue();
        if (IsFingerprint(word.Text))
        {
            return word.Text;
        }

        int wrong = word.Text.AsSpan().IndexOfAnyExcept(s_hexDigits);
        findings.Add(word.Text == "FINGERPRINT"
            ? new(word.Column, BridgeLineFault.FingerprintPlaceholder)
            : new(word.Columns[Math.Max(wrong, 0)], BridgeLineFault.FingerprintWrong, Count: word.Text.Length));
        return null;
    }

    private static bool IsFingerprint(string word) => word.Length == FingerprintLength && word.All(char.IsAsciiHexDigit);

    private static PtArguments ReadArguments(Queue<BridgeLineWord> words, List<BridgeLineFinding> findings)
    {
        var arguments = new List<PtArgument>();
        foreach (BridgeLineWord word in words)
        {
            int equals = word.Text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                arguments.Add(new(word.Text[..equals], word.Text[(equals + 1)..]));
            }
            else
            {
                findings.Add(new(word.Column, equals == 0 ? BridgeLineFault.KeyMissing
                    : IsFingerprint(word.Text) ? BridgeLineFault.FingerprintLate
                    : BridgeLineFault.WordWithoutKey));
            }
        }

        return PtArguments.From(arguments);
    }
}
