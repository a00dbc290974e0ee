using System.Buffers;
using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Wire.Torrc;

/// <summary>Reads bridge lines as tor does (N15 to N19), reports every mistake with its column, and corrects those that can mean one thing only.</summary>
/// <remarks>
/// Text processors, mail and web pages change characters of a line, and people mistype it. A correction never makes up a value, never changes a
/// secret and never guesses an address: what could be meant in two ways is left for a person. The leading word <c>Bridge</c> is optional, in any case.
/// </remarks>
public sealed class BridgeLineReader
{
    /// <summary>Hex digits of a fingerprint (N16).</summary>
    internal const int FingerprintLength = 40;

    // tor's own limit is at 510 bytes of arguments; this leaves room for anything around them, and bounds the work (G6).
    internal const int MaxLength = 16 * 1024;

    // A line of people has fewer mistakes; each costs another look at the line.
    private const int MaxCorrections = 32;

    // A line in which each character is written as HTML has it; and those of all lines of a text fit into memory (G6).
    private const int MaxFindings = 256;

    private static readonly SearchValues<char> s_nameLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789ABCDEFabcdef");

    private readonly BridgeLineText _text;
    private readonly string _written;
    private readonly Func<string, PtArguments, BridgeLineChain?> _chainOf;
    private readonly List<BridgeLineFinding> _left = [];
    private readonly Dictionary<string, IReadOnlyList<string>?> _chains = []; // by name

    private BridgeLineReader(string line, Func<string, PtArguments, BridgeLineChain?> chainOf)
    {
        (_text, _written, _chainOf) = (BridgeLineText.Of(line), line, chainOf);
    }

    /// <summary>Reads one line. Reading continues after a mistake, so that every mistake is reported.</summary>
    /// <param name="line">The line, with or without the leading word <c>Bridge</c>. Blanks and line ends at its end are ignored.</param>
    /// <remarks>What the arguments mean is not judged.</remarks>
    public static BridgeLineReading Read(string line) => Read(line, BridgeLineChain.Known, reviews: false);

    /// <summary>Reads one line for a reader who knows the chains, and finds what looks wrong to their hops too.</summary>
    /// <param name="line">The line, as above.</param>
    /// <param name="chainOf">
    /// The chain of a name, and the arguments that it gets of those in the line; null if the name is not known. It is asked more than once.
    /// </param>
    public static BridgeLineReading Read(string line, Func<string, PtArguments, BridgeLineChain?> chainOf) => Read(line, chainOf, reviews: true);

    private static BridgeLineReading Read(string line, Func<string, PtArguments, BridgeLineChain?> chainOf, bool reviews)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(chainOf);
        if (line.Length > MaxLength)
        {
            return new(null, [new(1, BridgeLineFault.LineTooLong)]);
        }

        var reader = new BridgeLineReader(line, chainOf);
        int start = reader.Correct();
        return reader._text.Corrected.Count <= MaxFindings && reader.Read(start, reviews) is { Findings.Count: <= MaxFindings } reading ? reading
            : new(null, [new(1, BridgeLineFault.TooMany)]);
    }

    /// <summary>Corrects until a look at the whole line finds nothing more.</summary>
    /// <returns>Where the line begins.</returns>
    private int Correct()
    {
        for (int round = 0; ; round++)
        {
            _text.CorrectCharacters(_left);
            int start = BridgeLineWrapping.Remove(_text);
            if ((start < _text.Length && _text[start] == '#') || _text.Corrected.Count > MaxFindings)
            {
                return start;
            }

            if (!RemoveComment(start)
                && !new BridgeLineTarget(_text, start, name => Chain(name) is not null).Mend()
                && !(Arguments(start) is { } arguments && arguments.Mend()))
            {
                return start;
            }

            if (round == MaxCorrections)
            {
                _left.Add(new(1, BridgeLineFault.TooMany));
                return start;
            }
        }
    }

    private IReadOnlyList<string>? Chain(string name)
    {
        if (!_chains.TryGetValue(name, out IReadOnlyList<string>? transports))
        {
            _chains.Add(name, transports = _chainOf(name, PtArguments.Empty)?.Transports);
        }

        return transports;
    }

    /// <summary>A comment: a # at the start of a word.</summary>
    private bool RemoveComment(int start)
    {
        for (int i = start + 1; i < _text.Length; i++)
        {
            if (_text[i] == '#' && _text[i - 1] is ' ' or '\t')
            {
                _text.Report(i, BridgeLineFault.Comment);
                _text.Remove(i, _text.Length - i);
                return true;
            }
        }

        return false;
    }

    /// <summary>The arguments, if there is an address before them.</summary>
    private BridgeLineArguments? Arguments(int start)
    {
        List<BridgeLineWord> words = _text.Words(start);
        int at = words.Count > 0 && TransportName.IsValid(words[0].Text) ? 1 : 0;
        if (at >= words.Count || !BridgeLineTarget.TryParseAddress(words[at].Text, out _))
        {
            return null;
        }

        IReadOnlyList<string>? chain = at == 1 ? Chain(words[0].Text) : null;
        List<KnownTransport> known = [.. (chain ?? []).Select(KnownTransports.Of).OfType<KnownTransport>()];
        int first = at + 1 < words.Count && BridgeLineTarget.IsFingerprint(words[at + 1].Text) ? at + 2 : at + 1;
        return new(_text, words[first..], known, chain);
    }

    private BridgeLineReading Read(int start, bool reviews)
    {
        var words = new Queue<BridgeLineWord>(_text.Words(start));
        if (words.TryPeek(out BridgeLineWord? first) && first.Text.StartsWith('#'))
        {
            return new(null, [new(_text.ColumnAt(first.Start), BridgeLineFault.CommentedOut)]);
        }

        Arguments(start)?.Doubt(BridgeLineText.Of(_written), _left);
        FindStrays(words);
        BridgeLine? bridge = ReadBridge(words);
        BridgeLineChain? chain = bridge?.Transport is { } name ? _chainOf(name, bridge.Arguments) : null;
        if (bridge is { Transport: null } && bridge.Arguments.Any(argument => KnownTransports.All.Any(known => known.KeyNames.Contains(argument.Key))))
        {
            _left.Add(new(_text.ColumnAt(_text.SkipBlanks(start)), BridgeLineFault.TransportMissing));
        }

        if (reviews && chain is { Arguments: { } given })
        {
            Review(start, chain.Transports, given);
        }

        BridgeLineFinding[] findings = [.. _text.Corrected.Concat(_left).OrderBy(finding => finding.Column)];
        var reading = new BridgeLineReading(bridge, findings, chain);
        return reading.Verdict switch
        {
            BridgeLineVerdict.Good => reading with { Mended = _text.ToString() },
            BridgeLineVerdict.Mended => reading with { Mended = string.Join(' ', _text.Words().Select(word => word.Text)) },
            _ => reading,
        };
    }

    /// <summary>Characters inside words that tor or a transport would take for parts of them.</summary>
    private void FindStrays(IEnumerable<BridgeLineWord> words)
    {
        foreach (BridgeLineWord word in words)
        {
            Find(word.Text.AsSpan().IndexOfAny(BridgeLineWrapping.Quotes), BridgeLineFault.Quote);
            Find(word.Text.IndexOf('#', StringComparison.Ordinal), BridgeLineFault.CommentMark);
            Find(word.Text.AsSpan().IndexOfAny("\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), BridgeLineFault.ForeignDash);

            void Find(int at, BridgeLineFault fault)
            {
                if (at >= 0)
                {
                    _left.Add(new(_text.ColumnAt(word.Start + at), fault, word.Text[at]));
                }
            }
        }
    }

    private BridgeLine? ReadBridge(Queue<BridgeLineWord> words)
    {
        int before = _left.Count;
        string? transport = ReadName(words);
        IPEndPoint? address = _left.Count > before ? null : ReadAddress(words);
        if (address is null)
        {
            return null; // the meaning of the words after it is unknown
        }

        string? fingerprint = ReadFingerprint(words);
        int first = words.TryPeek(out BridgeLineWord? next) ? next.Start : _text.Length;
        PtArguments arguments = ReadArguments(words);
        var bridge = new BridgeLine(transport, address, fingerprint, arguments);
        if (bridge.ArgumentLength > BridgeLine.MaxArgumentLength)
        {
            _left.Add(new(_text.ColumnAt(first), BridgeLineFault.TooLong, Count: bridge.ArgumentLength));
        }

        return bridge;
    }

    private string? ReadName(Queue<BridgeLineWord> words)
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

        if (!BridgeLineTarget.TryParseAddress(first.Text, out _) && words.Count > 1 && BridgeLineTarget.TryParseAddress(words.ElementAt(1).Text, out _))
        {
            int wrong = first.Text.AsSpan().IndexOfAnyExcept(s_nameLetters);
            _left.Add(new(_text.ColumnAt(first.Start + Math.Max(wrong, 0)), BridgeLineFault.NameWrong));
        }

        return null;
    }

    private IPEndPoint? ReadAddress(Queue<BridgeLineWord> words)
    {
        if (!words.TryDequeue(out BridgeLineWord? word) || word.HasEquals || BridgeLineTarget.IsFingerprint(word.Text))
        {
            _left.Add(new(_text.ColumnAt(word?.Start ?? _text.Length), BridgeLineFault.AddressMissing));
            return null;
        }

        if (BridgeLineTarget.TryParseAddress(word.Text, out IPEndPoint? address))
        {
            if (address!.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any))
            {
                _left.Add(new(_text.ColumnAt(word.Start), BridgeLineFault.AddressOfNone));
            }
            else if (BridgeLineTarget.MayHoldPort(word.Text))
            {
                _left.Add(new(_text.ColumnAt(word.Start), BridgeLineFault.PortInBrackets));
            }

            return address;
        }

        int colon = word.Text.LastIndexOf(':');
        ReadOnlySpan<char> host = colon < 0 ? word.Text : word.Text.AsSpan(0, colon);
        bool hostIsSound = AddressText.TryParseAddress(host, out _);
        BridgeLineFault fault =
            _text.StandsAt(word.Start, "<IP ADDRESS>") ? BridgeLineFault.AddressPlaceholder
            : AddressText.TryParseAddress(word.Text, out _) || (hostIsSound && host.Contains(':') && host[0] != '[') ? BridgeLineFault.BracketsMissing
            : hostIsSound && colon > 0 ? BridgeLineFault.PortWrong
            : host.ContainsAnyInRange('g', 'z') || host.ContainsAnyInRange('G', 'Z') ? BridgeLineFault.HostName
            : BridgeLineFault.AddressWrong;
        int at = fault == BridgeLineFault.PortWrong && colon + 1 < word.Text.Length ? colon + 1 : 0;
        _left.Add(new(_text.ColumnAt(word.Start + at), fault));
        return null;
    }

    private string? ReadFingerprint(Queue<BridgeLineWord> words)
    {
        if (!words.TryPeek(out BridgeLineWord? word) || word.HasEquals)
        {
            return null;
        }

        words.Dequeue();
        if (BridgeLineTarget.IsFingerprint(word.Text))
        {
            return word.Text;
        }

        int wrong = word.Text.AsSpan().IndexOfAnyExcept(s_hexDigits);
        _left.Add(word.Text.Trim('<', '>', '[', ']') == "FINGERPRINT"
            ? new(_text.ColumnAt(word.Start), BridgeLineFault.FingerprintPlaceholder)
            : new(_text.ColumnAt(word.Start + Math.Max(wrong, 0)), BridgeLineFault.FingerprintWrong, Count: word.Text.Length));
        return null;
    }

    private PtArguments ReadArguments(Queue<BridgeLineWord> words)
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
                _left.Add(new(_text.ColumnAt(word.Start), equals == 0 ? BridgeLineFault.KeyMissing
                    : BridgeLineTarget.IsFingerprint(word.Text) ? BridgeLineFault.FingerprintLate
                    : BridgeLineFault.WordWithoutKey));
            }
        }

        return PtArguments.From(arguments);
    }

    /// <summary>What the hops would make of the arguments.</summary>
    private void Review(int start, IReadOnlyList<string> transports, PtArguments given)
    {
        List<BridgeLineWord> words = _text.Words(start);
        if (!ChainArguments.TryDistribute(given, transports.Count, out _, out string? error))
        {
            PtArgument wrong = given.First(argument => !ChainArgument.TryParse(argument, out ChainArgument parsed) || parsed.Hop >= transports.Count);
            _left.Add(Argument(wrong.Key, error!));
            return;
        }

        foreach (ArgumentFinding odd in ArgumentReview.Of(given, transports))
        {
            // Quotes, and bytes that are not UTF-8, are found where they stand.
            BridgeLineWord? word = words.Find(word => word.Text.StartsWith($"{odd.Key}=", StringComparison.Ordinal));
            if (word is null || word.Text.AsSpan().IndexOfAny(BridgeLineWrapping.Quotes + "\uFFFD") < 0)
            {
                _left.Add(Argument(odd.Key, odd.Hop is { } hop ? $"hop {hop} ({transports[hop]}): {odd.Text}" : odd.Text));
            }
        }

        foreach (IGrouping<string, PtArgument> twice in given.GroupBy(argument => argument.Key).Where(key => key.Distinct().Count() > 1))
        {
            if (transports.Any(transport => KnownTransports.Of(transport)?.KeyNames.Any(key => twice.Key == key || twice.Key.EndsWith($"-{key}", StringComparison.Ordinal)) == true))
            {
                BridgeLineWord? second = words.FindLast(word => word.Text.StartsWith($"{twice.Key}=", StringComparison.Ordinal));
                _left.Add(new(_text.ColumnAt(second?.Start ?? _text.Length), BridgeLineFault.DuplicateKey));
            }
        }

        BridgeLineFinding Argument(string key, string text)
        {
            BridgeLineWord? word = words.Find(word => word.Text.StartsWith($"{key}=", StringComparison.Ordinal));
            return new(_text.ColumnAt(word?.Start ?? _text.Length), BridgeLineFault.Argument) { Text = text };
        }
    }
}
