using System.Globalization;
using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>Corrects the name, the address and the fingerprint of a bridge line, where what is written can mean one thing only.</summary>
/// <param name="text">The line.</param>
/// <param name="start">Where the line begins, after the word <c>Bridge</c>.</param>
/// <param name="isKnown">Whether a name is one of a chain as it is written.</param>
internal sealed class BridgeLineTarget(BridgeLineText text, int start, Predicate<string> isKnown)
{
    private const int DefaultPort = 443; // N15
    private const int MaxGroupLength = 4; // hex digits of a group of IPv6
    private const string Punctuation = ",;.!)]}>|\"'`\u201C\u201D\u2018\u2019*";

    private List<BridgeLineWord> _words = text.Words(start);

    /// <summary>Corrects one mistake.</summary>
    /// <returns>Whether there was one that can be corrected.</returns>
    internal bool Mend()
    {
        if (_words.Count == 0)
        {
            return false;
        }

        if (Cell() || Scheme() || Name())
        {
            return true;
        }

        int at = TransportName.IsValid(_words[0].Text) ? 1 : 0;
        return at < _words.Count && (Address(at) || (TryParseAddress(_words[at].Text, out _) && Fingerprint(at + 1)));
    }

    /// <summary>Reads an address as tor does: without a port it is 443 (N15).</summary>
    internal static bool TryParseAddress(string word, out IPEndPoint? address)
    {
        if (AddressText.TryParse(word, out address))
        {
            return address.Port != 0;
        }

        // An IPv6 address without a port still needs its brackets: tor would read its last group as a port. tor takes no brackets around IPv4.
        bool bare = word.StartsWith('[') || !word.Contains(':', StringComparison.Ordinal);
        address = bare && AddressText.TryParseAddress(word, out IPAddress? ip) ? new(ip, DefaultPort) : null;
        return address is not null;
    }

    /// <summary>Whether <c>[2001:db8::5:443]</c> is what it says, or an address with a port inside its brackets, is not certain.</summary>
    internal static bool MayHoldPort(string word) => word is ['[', .. var inner, ']'] && inner.LastIndexOf(':') is > 0 and var colon
        && inner[(colon + 1)..] is { Length: 2 or 3 or MaxGroupLength } last && last.All(char.IsAsciiDigit)
        && AddressText.TryParseAddress(inner.AsSpan(0, colon), out IPAddress? ip) && !AddressText.IsIPv4(ip);

    internal static bool IsFingerprint(string word) => word.Length == BridgeLineReader.FingerprintLength && word.All(char.IsAsciiHexDigit);

    /// <summary>The border between the cells of a table.</summary>
    private bool Cell()
    {
        if (_words.Find(word => word.Text == "|") is not { } border)
        {
            return false;
        }

        text.Report(border.Start, BridgeLineFault.ListMark, '|');
        text.Remove(border.Start, 1);
        return true;
    }

    /// <summary><c>obfs4://192.0.2.3:443/FINGERPRINT?cert=…&amp;iat-mode=0</c></summary>
    private bool Scheme()
    {
        BridgeLineWord word = _words[0];
        int scheme = word.Text.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0 || KnownTransports.ChainOf(word.Text[..scheme].ToLowerInvariant()) is null)
        {
            return false;
        }

        string rest = word.Text[(scheme + 3)..];
        int cut = rest.AsSpan().IndexOfAny('/', '?');
        if (!TryParseAddress(cut < 0 ? rest : rest[..cut], out _))
        {
            return false;
        }

        string tail = cut < 0 ? "" : rest[cut..];
        int query = tail.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? tail : tail[..query];
        string arguments = query < 0 ? "" : tail[query..];
        text.Report(word.Start + scheme, BridgeLineFault.Scheme);
        text.Replace(word.Start, word.Text.Length, string.Join(' ',
            word.Text[..scheme], cut < 0 ? rest : rest[..cut], path.Trim('/'), arguments.TrimStart('?').Replace('&', ' ')));
        return true;
    }

    private bool Name()
    {
        BridgeLineWord word = _words[0];
        if (isKnown(word.Text) || TryParseAddress(word.Text, out _))
        {
            return false;
        }

        string plain = MarkupText.WithoutEscapes(word.Text).Trim('*', '`');
        if (plain != word.Text && TransportName.IsValid(plain))
        {
            return Replace(word, plain, BridgeLineFault.Markup);
        }

        string bare = word.Text.TrimEnd(',', ';', ':', '.');
        if (bare != word.Text && (isKnown(bare) || KnownTransports.ChainOf(bare.ToLowerInvariant()) is not null))
        {
            return Replace(word, bare, BridgeLineFault.Punctuation, bare.Length);
        }

        string[] hops = word.Text.ToLowerInvariant().Split('|');
        if (hops.Length > 1 && KnownTransports.ChainOf(string.Join('_', hops)) is { } chain && chain.SequenceEqual(hops))
        {
            return Replace(word, string.Join('_', hops), BridgeLineFault.NameOfChain, word.Text.IndexOf('|', StringComparison.Ordinal));
        }

        string lower = word.Text.ToLowerInvariant();
        return lower != word.Text && KnownTransports.ChainOf(lower) is not null && Replace(word, lower, BridgeLineFault.NameCase);
    }

    private bool Address(int at)
    {
        BridgeLineWord word = _words[at];
        return !word.HasEquals && (PortApart(at) || (!TryParseAddress(word.Text, out _) && AddressOf(word)));
    }

    /// <summary><c>192.0.2.3 443</c>, <c>192.0.2.3: 443</c>, <c>192.0.2.3 : 443</c></summary>
    private bool PortApart(int at)
    {
        string address = _words[at].Text;
        int next = at + 1;
        bool colon = address.EndsWith(':');
        if (!colon && next < _words.Count && _words[next].Text.StartsWith(':'))
        {
            colon = true;
            address += ":";
            next += _words[next].Text.Length == 1 ? 1 : 0;
        }

        string host = address.TrimEnd(':');
        if (next >= _words.Count || !AddressText.TryParseAddress(host, out IPAddress? ip) || (!AddressText.IsIPv4(ip) && host[0] != '['))
        {
            return false;
        }

        string port = _words[next].Text.TrimStart(':');
        int end = _words[next].Start + _words[next].Text.Length;
        if (!AddressText.TryParse($"{host}:{port}", out IPEndPoint? whole) || whole.Port == 0)
        {
            return false;
        }

        int start = _words[at].Start;
        text.Report(start + _words[at].Text.Length, BridgeLineFault.PortApart);
        text.Replace(start, end - start, $"{host}:{port}");
        return true;
    }

    private bool AddressOf(BridgeLineWord word)
    {
        string linked = MarkupText.WithoutLink(word.Text);
        string plain = MarkupText.WithoutEscapes(MarkupText.WithoutScheme(linked)).Trim('*', '`');
        plain = plain == word.Text ? plain : plain.TrimEnd('/');
        if (plain != word.Text && Sound(plain))
        {
            return Replace(word, plain, BridgeLineFault.Markup);
        }

        string bare = plain.TrimStart('(', '"', '\'', '\u201C', '\u2018', '<').TrimEnd([.. Punctuation]);
        bare = bare.StartsWith('[') && !bare.Contains(']', StringComparison.Ordinal) ? bare + "]" : bare;
        if (bare != plain && Sound(bare))
        {
            return Replace(word, bare, BridgeLineFault.Punctuation, plain.StartsWith(bare, StringComparison.Ordinal) ? bare.Length : 0);
        }

        string open = word.Text.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
        if (open != word.Text && TryParseAddress(open, out IPEndPoint? v4) && AddressText.IsIPv4(v4!.Address))
        {
            return Replace(word, open, BridgeLineFault.BracketsNeedless);
        }

        return WithBrackets(word.Text) is { } bracketed && Replace(word, bracketed, BridgeLineFault.BracketsMissing);

        static bool Sound(string address) => TryParseAddress(address, out _) || WithBrackets(address) is not null;
    }

    /// <summary>
    /// An IPv6 address in brackets, if it is certain where it ends: without a port the last group could be one, so that <c>2001:db8::5:443</c> is
    /// two addresses. Null if it is not certain.
    /// </summary>
    private static string? WithBrackets(string word)
    {
        int colon = word.LastIndexOf(':');
        if (colon < 0 || word.StartsWith('['))
        {
            return null;
        }

        string last = word[(colon + 1)..], host = word[..colon];
        bool whole = AddressText.TryParseAddress(word, out IPAddress? ip) && !AddressText.IsIPv4(ip);
        bool withPort = AddressText.TryParse($"[{host}]:{last}", out IPEndPoint? end) && end.Port != 0;
        return (whole, withPort) switch
        {
            (true, false) => $"[{word}]",
            (false, true) => $"[{host}]:{last}",
            _ => null,
        };
    }

    private bool Fingerprint(int at)
    {
        if (at < _words.Count && !_words[at].HasEquals && !IsFingerprint(_words[at].Text))
        {
            return FingerprintForm(_words[at]) || FingerprintApart(at);
        }

        return FingerprintLate(at);
    }

    /// <summary><c>$…</c>, <c>…~nickname</c>, with colons between bytes, or with marks around it.</summary>
    private bool FingerprintForm(BridgeLineWord word)
    {
        string bare = MarkupText.WithoutEscapes(word.Text);
        int tilde = bare.IndexOf('~', StringComparison.Ordinal);
        bare = (tilde > 0 ? bare[..tilde] : bare).Trim([.. Punctuation, '$', '(', '[', '<']);
        bare = IsFingerprint(bare) ? bare : bare.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return IsFingerprint(bare) && Replace(word, bare, BridgeLineFault.FingerprintForm);
    }

    /// <summary>A fingerprint in groups, as tor's own file has it: 40 digits in all, and no word of them is a fingerprint.</summary>
    private bool FingerprintApart(int at)
    {
        int digits = 0;
        int end = at;
        while (end < _words.Count && digits < BridgeLineReader.FingerprintLength && _words[end].Text.TrimStart('$').All(char.IsAsciiHexDigit))
        {
            digits += _words[end++].Text.TrimStart('$').Length;
        }

        if (digits != BridgeLineReader.FingerprintLength || end - at < 2)
        {
            return false;
        }

        int first = _words[at].Start;
        text.Report(_words[at].End, BridgeLineFault.FingerprintForm);
        text.Replace(first, _words[end - 1].End - first, string.Concat(_words[at..end].Select(word => word.Text.TrimStart('$'))));
        return true;
    }

    /// <summary>A fingerprint among the arguments, and none in its place.</summary>
    private bool FingerprintLate(int at)
    {
        List<BridgeLineWord> late = [.. _words.Skip(at).Where(word => IsFingerprint(word.Text))];
        if (late is not [var only] || only == _words[at])
        {
            return false;
        }

        text.Report(only.Start, BridgeLineFault.FingerprintLate);
        text.Move(only.Start, only.Text.Length, _words[at].Start);
        return true;
    }

    private bool Replace(BridgeLineWord word, string with, BridgeLineFault fault, int at = 0)
    {
        text.Report(word.Start + at, fault, at < word.Text.Length && fault is BridgeLineFault.Punctuation ? word.Text[at] : 0);
        text.Replace(word.Start, word.Text.Length, with);
        _words = text.Words(start);
        return true;
    }
}
