using System.Globalization;
using System.Text;
using Plait.Wire.Arguments;

namespace Plait.Wire.Hints;

/// <summary>
/// Finds possible mistakes in the arguments that a bridge line gives to a chain: misspelt keys, impossible values, missing arguments. It knows
/// the transports of <see cref="KnownTransports"/>, and rejects nothing.
/// </summary>
public sealed class ArgumentReview
{
    private readonly KnownTransport?[] _transports;
    private readonly List<ArgumentFinding> _findings = [];
    private readonly HashSet<string> _explained = []; // keys that a finding already mentions

    private ArgumentReview(IReadOnlyList<string> transports) => _transports = [.. transports.Select(KnownTransports.Of)];

    /// <summary>Reviews the arguments of a whole line.</summary>
    /// <param name="flat">The arguments of the line, without those for Plait itself.</param>
    /// <param name="transports">The chain's transports, hop 0 first; a single one for a transport without a chain.</param>
    /// <returns>The findings in the order of the line, missing arguments last.</returns>
    public static IReadOnlyList<ArgumentFinding> Of(PtArguments flat, IReadOnlyList<string> transports)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(transports.Count, 1);
        var review = new ArgumentReview(transports);
        foreach (PtArgument argument in flat)
        {
            review.LookAt(argument);
        }

        if (ChainArguments.TryDistribute(flat, transports.Count, out IReadOnlyList<PtArguments> perHop, out _))
        {
            for (int hop = 0; hop < transports.Count; hop++)
            {
                review.LookForMissing(hop, perHop[hop], flat);
            }
        }

        return review._findings;
    }

    private void LookAt(PtArgument written)
    {
        if (!ChainArgument.TryParse(written, out ChainArgument argument) || argument.Hop >= _transports.Length)
        {
            return; // the chain itself rejects it, with a message
        }

        if (argument.Hop < 0 && KeySpelling.MeantForAHop(written.Key) is { } meant)
        {
            Explain(null, written.Key, meant.Key, KeySpelling.Correction(written.Key, meant.Prefix + meant.Key)!);
            return;
        }

        string prefix = written.Key[..^argument.Key.Length];
        int[] hops = [.. Enumerable.Range(0, _transports.Length).Where(hop => argument.RankOn(hop) != ChainArgument.NoRank)];
        foreach (int hop in hops)
        {
            if (_transports[hop] is { } transport)
            {
                LookAt(hop, transport, written, argument.Key, prefix);
            }
        }
    }

    private void LookAt(int hop, KnownTransport transport, PtArgument written, string key, string prefix)
    {
        if (transport.Keys.FirstOrDefault(known => known.Name == key) is { } known)
        {
            if (ValueFault(transport, known, written.Value) is { } fault)
            {
                Explain(hop, written.Key, key, fault);
            }
        }
        else if (!_transports.Any(other => other is not null && other.KeyNames.Contains(key)) // the key may be meant for that hop
            && ClosestWord.Find(KeySpelling.Visible(key), transport.KeyNames) is [var closest])
        {
            string write = prefix + closest;
            Explain(hop, written.Key, closest, KeySpelling.Correction(written.Key, write)
                ?? $"{KeySpelling.Quote(written.Key)}: not a key of {transport.Name}; did you mean {write}?");
        }
    }

    private string? ValueFault(KnownTransport transport, KnownKey key, string value)
    {
        if (value.Length == 0)
        {
            return $"{key.Name} is empty";
        }

        if (Joined(transport, value) is var (at, next))
        {
            _explained.Add(next);
            return $"{CharacterName.At(value, at)} between {key.Name} and {next}: write a plain blank";
        }

        int unseen = CharacterName.FirstUnseen(value);
        if (unseen >= 0)
        {
            string name = CharacterName.At(value, unseen);
            return unseen == value.Length - 1 ? $"{name} after {key.Name}: remove it"
                : unseen == 0 ? $"{name} before the value of {key.Name}: remove it"
                : string.Create(CultureInfo.InvariantCulture, $"{name} in {key.Name}, character {unseen + 1}: remove it");
        }

        return IsQuote(value[0]) || IsQuote(value[^1]) ? $"{key.Name} is in quotes: tor reads them as part of the value, leave them out"
            : IsPlaceholder(key.Name, value) ? $"{key.Name} is a placeholder: write the value from the bridge's own line"
            : key.Form.FaultOf(key.Name, transport.Name, value);
    }

    /// <summary>Finds the next argument inside a value: the two are separated by a character that tor does not read as a blank.</summary>
    private static (int At, string Next)? Joined(KnownTransport transport, string value)
    {
        foreach (string next in transport.KeyNames)
        {
            int at = value.IndexOf(next + "=", StringComparison.Ordinal) - 1;
            if (at >= 0 && (value[at] is ',' or ';' || CharacterName.FirstUnseen(value[at].ToString()) == 0))
            {
                return (at, next);
            }
        }

        return null;
    }

    private void LookForMissing(int hop, PtArguments arguments, PtArguments flat)
    {
        if (_transports[hop] is not { } transport)
        {
            return;
        }

        foreach (KnownKey key in transport.Keys.Where(key => key.Required))
        {
            if (arguments.First(key.Name) is null && !_explained.Contains(key.Name)
                && (key.UnlessGiven is null || arguments.First(key.UnlessGiven) is null))
            {
                string write = _transports.Length == 1 ? key.Name : ChainArgument.Name(new(key.Name, ""), hop).Key;
                string remedy = key.Proves ? $"copy the whole line again from the operator of the bridge ({write}=...)" : $"write {write}=...";
                _findings.Add(new(hop, write, Misplaced(key.Name, flat) is { } other
                    ? $"{other} is for another hop, and {transport.Name} has no {key.Name}; write {write}"
                    : $"{key.Name} is missing: {transport.Name} needs it; {remedy}"));
            }
        }
    }

    /// <summary>Finds an argument of this key that names a hop whose transport does not take it.</summary>
    private string? Misplaced(string key, PtArguments flat)
    {
        foreach (PtArgument written in flat)
        {
            if (ChainArgument.TryParse(written, out ChainArgument argument) && argument is { Hop: >= 0, Onwards: false }
                && argument.Key == key && _transports[argument.Hop] is { } taker && !taker.KeyNames.Contains(key))
            {
                return written.Key;
            }
        }

        return null;
    }

    private void Explain(int? hop, string written, string key, string text)
    {
        _explained.Add(key);
        if (!_findings.Exists(finding => finding.Text == text)) // a plain key may be wrong for several hops
        {
            _findings.Add(new(hop, written, text));
        }
    }

    private static bool IsQuote(char letter) => letter is '"' or '\'' or '`' or '\u2018' or '\u2019' or '\u201C' or '\u201D';

    /// <summary>Whether the value is a placeholder of an example, such as CERT, &lt;cert&gt; or an ellipsis.</summary>
    private static bool IsPlaceholder(string key, string value) =>
        value[0] == '<' || value is "..." or "\u2026" || value.Trim('[', ']', '{', '}').Equals(key, StringComparison.OrdinalIgnoreCase);
}
