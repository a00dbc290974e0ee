using System.Text.RegularExpressions;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;

namespace Plait.Wire.Torrc;

/// <summary>
/// Corrects the arguments of a bridge line. A value is touched only if the transport cannot take it as it is written and takes it after the
/// correction, and only characters that do not belong to it are removed: a secret never changes.
/// </summary>
/// <param name="text">The line.</param>
/// <param name="words">The words after the fingerprint.</param>
/// <param name="transports">Those of the chain that are known.</param>
/// <param name="chain">The chain; null if it is not known.</param>
internal sealed partial class BridgeLineArguments(
    BridgeLineText text, List<BridgeLineWord> words, IReadOnlyList<KnownTransport> transports, IReadOnlyList<string>? chain)
{
    private const int MaxPieces = 8; // of one value
    private const string Around = "\"'`\u2018\u2019\u201C\u201D*";
    private const string After = ",;.)]}>|\\";

    private readonly HashSet<string> _keys = [.. transports.SelectMany(transport => transport.KeyNames)];

    /// <summary>Corrects one mistake.</summary>
    /// <returns>Whether there was one that can be corrected.</returns>
    internal bool Mend()
    {
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i].HasEquals && words[i].Text[0] != '=' ? chain is not null && Argument(i) : Loose(i))
            {
                return true;
            }
        }

        return WrongHop();
    }

    private bool Argument(int i)
    {
        BridgeLineWord word = words[i];
        (string key, string value) = Split(word.Text);
        return KeyForm(word, key) || Joined(word, key, value) || Cut(i, key, value) || Value(word, key, value) || Twice(i);
    }

    /// <summary>A word without a key.</summary>
    private bool Loose(int i)
    {
        BridgeLineWord word = words[i];
        int colon = word.Text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && IsSound(word.Text[..colon], word.Text[(colon + 1)..]))
        {
            text.Report(word.Start + colon, BridgeLineFault.EqualsMissing, ':');
            text.Replace(word.Start + colon, 1, "=");
            return true;
        }

        if (word.Text.All(letter => After.Contains(letter, StringComparison.Ordinal) || letter is '&'))
        {
            text.Report(word.Start, BridgeLineFault.Punctuation, word.Text[0]);
            text.Remove(word.Start, word.Text.Length);
            return true;
        }

        // key =value, key = value
        string rest = word.Text == "=" && i + 1 < words.Count ? words[i + 1].Text : word.Text.StartsWith('=') ? word.Text[1..] : "";
        BridgeLineWord last = word.Text == "=" && i + 1 < words.Count ? words[i + 1] : word;
        return i > 0 && rest.Length > 0 && !words[i - 1].HasEquals && IsSound(words[i - 1].Text, rest)
            && Join(words[i - 1], last, $"{words[i - 1].Text}={rest}", BridgeLineFault.EqualsApart);
    }

    /// <summary>A key that is a known one but for its case, its dashes, or characters around it.</summary>
    private bool KeyForm(BridgeLineWord word, string key)
    {
        if (IsKey(key))
        {
            return false;
        }

        string plain = string.Concat(key.Select(letter => IsDash(letter) ? '-' : letter)).Trim([.. Around, '(', '[', '{', ',', ';']);
        plain = MarkupText.WithoutEscapes(plain);
        string meant = KeySpelling.MeantForAHop(plain) is { } hop ? hop.Prefix + hop.Key : WithPrefix(plain) ?? plain;
        string prefix = ChainArgument.TryParse(new(meant, ""), out ChainArgument parsed) ? meant[..^parsed.Key.Length] : "";
        string lower = meant[prefix.Length..].ToLowerInvariant().Replace('_', '-');
        string with = prefix + (_keys.Contains(lower) ? lower : meant[prefix.Length..]);
        if (with == key || !(prefix.Length > 0 || _keys.Contains(with)) || !with.All(letter => letter is > ' ' and < '\x7F' and not '"'))
        {
            return false;
        }

        int dash = key.AsSpan().IndexOfAnyInRange('\u2010', '\u2212');
        bool isDash = dash >= 0 && IsDash(key[dash]);
        int at = isDash ? dash : key.AsSpan().CommonPrefixLength(with);
        text.Report(
            word.Start + Math.Min(at, key.Length - 1), isDash ? BridgeLineFault.ForeignDash : BridgeLineFault.KeyForm, isDash ? key[dash] : 0,
            isDash ? null : KeySpelling.Correction(key, with) ?? $"{KeySpelling.Quote(key)}: write {with}");
        text.Replace(word.Start, key.Length, with);
        return true;
    }

    /// <summary><c>cert=…,iat-mode=0</c>: a separator of other lists in the place of a blank.</summary>
    private bool Joined(BridgeLineWord word, string key, string value)
    {
        for (int at = 1; at < value.Length; at++)
        {
            if (value[at] is ',' or ';' or '&' or '|' && value.IndexOf('=', at) is > 0 and var equals && IsKey(value[(at + 1)..equals])
                && IsSound(key, value[..at]) && !IsSound(key, value))
            {
                int index = word.Start + key.Length + 1 + at;
                text.Report(index, BridgeLineFault.ArgumentsJoined, value[at]);
                text.Replace(index, 1, " ");
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A value of a certain length that blanks or line ends have cut: the pieces have that length together, they encode a value, and no later
    /// piece can be a word of the text around it.
    /// </summary>
    private bool Cut(int i, string key, string value)
    {
        if (value.Length == 0)
        {
            return i + 1 < words.Count && !words[i + 1].HasEquals && !IsFree(key) && IsSound(key, words[i + 1].Text)
                && Join(words[i], words[i + 1], words[i].Text + words[i + 1].Text, BridgeLineFault.EqualsApart);
        }

        if (IsSound(key, value) || !IsOfFixedLength(key))
        {
            return false;
        }

        string whole = value;
        for (int next = i + 1; next < words.Count && next - i < MaxPieces && !words[next].HasEquals && !MarkupText.CanBeProse(words[next].Text); next++)
        {
            whole += words[next].Text;
            if (IsSound(key, whole) && Encodes(key, whole))
            {
                return Join(words[i], words[next], $"{key}={whole}", BridgeLineFault.ValueCut);
            }
        }

        return false;
    }

    /// <summary>Characters around or in a value that do not belong to it.</summary>
    private bool Value(BridgeLineWord word, string key, string value)
    {
        if (value.Length == 0 || IsSound(key, value) || !IsKey(key))
        {
            return false;
        }

        foreach ((string with, BridgeLineFault fault) in new[]
        {
            (value.Trim([.. Around]), BridgeLineFault.Quote),
            (value.TrimEnd([.. After, .. Around]), BridgeLineFault.Punctuation),
            (MarkupText.WithoutLink(value), BridgeLineFault.Markup),
            (MarkupText.WithoutEscapes(value).Trim([.. Around]), BridgeLineFault.Markup),
            (value.Trim('[', ']', '<', '>', '(', ')', '{', '}'), BridgeLineFault.Markup),
            (value.StartsWith("3D", StringComparison.Ordinal) ? value[2..] : value, BridgeLineFault.UrlEncoded), // =3D of quoted-printable mail
            (MarkupText.WithoutPercent(value), BridgeLineFault.UrlEncoded),
            (value.TrimEnd('='), BridgeLineFault.Padding),
        })
        {
            if (with != value && with.Length > 0 && IsSound(key, with))
            {
                int at = with.Length > 0 && value.StartsWith(with, StringComparison.Ordinal) ? with.Length : 0;
                int index = word.Start + key.Length + 1;
                text.Report(index + at, fault, value[at]);
                text.Replace(index, value.Length, with);
                return true;
            }
        }

        return false;
    }

    /// <summary>An argument that stands there already, with the same value.</summary>
    private bool Twice(int i)
    {
        if (!IsKey(Split(words[i].Text).Key) || !words.Take(i).Any(word => word.Text == words[i].Text))
        {
            return false;
        }

        text.Report(words[i].Start, BridgeLineFault.DuplicateKey);
        text.Remove(words[i].Start, words[i].Text.Length);
        return true;
    }

    /// <summary>An argument for a hop that does not take it, where one other hop takes it and has none.</summary>
    private bool WrongHop()
    {
        if (chain is null)
        {
            return false;
        }

        foreach (BridgeLineWord word in words.Where(word => word.HasEquals))
        {
            (string key, string value) = Split(word.Text);
            if (!ChainArgument.TryParse(new(key, value), out ChainArgument argument) || argument is not { Hop: >= 0, Onwards: false }
                || (argument.Hop < chain.Count && (KnownTransports.Of(chain[argument.Hop]) is not { } taker || taker.KeyNames.Contains(argument.Key))))
            {
                continue;
            }

            int[] takers = [.. Enumerable.Range(0, chain.Count).Where(hop => KnownTransports.Of(chain[hop])?.KeyNames.Contains(argument.Key) == true)];
            if (takers is not [var only] || chain.Any(transport => KnownTransports.Of(transport) is null && transport != "b64" && transport != "dummy")
                || words.Exists(other => other != word && Reaches(other, argument.Key, only)))
            {
                continue;
            }

            string with = ChainArgument.Name(new(argument.Key, ""), only).Key;
            text.Report(word.Start, BridgeLineFault.WrongHop, what: $"{KeySpelling.Quote(key)}: that hop does not take it; write {with}");
            text.Replace(word.Start, key.Length, with);
            return true;
        }

        return false;

        static bool Reaches(BridgeLineWord other, string key, int hop) => other.HasEquals && Split(other.Text) is var (written, value) && written.Length > 0
            && ChainArgument.TryParse(new(written, value), out ChainArgument argument) && argument.Key == key && argument.RankOn(hop) != ChainArgument.NoRank;
    }

    /// <summary>
    /// Takes back the corrections of characters inside values that could have been meant as they were written: those in which anything may stand, of
    /// unknown keys too, and sound ones.
    /// </summary>
    /// <param name="written">The line before all corrections.</param>
    /// <param name="left">Receives them.</param>
    internal void Doubt(BridgeLineText written, List<BridgeLineFinding> left)
    {
        foreach (BridgeLineWord word in words)
        {
            (string key, string value) = Split(word.Text);
            string before = value.Length == 0 ? "" : written.Between(text.ColumnAt(word.End - value.Length), text.ColumnAt(word.End - 1));
            if (before != value && (!IsKey(key) || IsFree(key) || IsSound(key, before)))
            {
                text.Doubt(word.End - value.Length, word.End, before, left);
            }
        }
    }

    private bool Join(BridgeLineWord first, BridgeLineWord last, string with, BridgeLineFault fault)
    {
        text.Report(first.End, fault);
        text.Replace(first.Start, last.End - first.Start, with);
        return true;
    }

    private bool IsKey(string written) => _keys.Contains(OwnKey(written));

    /// <summary>Whether a transport takes the value; true of values in which anything may stand.</summary>
    private bool IsSound(string written, string value) => transports.Any(transport => transport.Takes(OwnKey(written), value) == true);

    private bool IsFree(string written) => transports.Any(transport => transport.Keys.Any(key => key.Name == OwnKey(written) && key.Form == ArgumentForm.Any));

    private bool Encodes(string written, string value) =>
        transports.Any(transport => transport.Keys.Any(key => key.Name == OwnKey(written) && key.Form.Encodes(value)));

    private bool IsOfFixedLength(string written) =>
        transports.Any(transport => transport.Keys.Any(key => key.Name == OwnKey(written) && key.Form.IsOfFixedLength));

    /// <summary>A key whose prefix lacks a dash, as <c>x-chain1-cert</c>; null if it has no such prefix.</summary>
    private static string? WithPrefix(string key)
    {
        Match match = HopPrefix().Match(key);
        return match.Success ? $"{ChainArgument.Prefix}{match.Groups["hop"].Value}{(match.Groups["onwards"].Success ? "onwards" : "")}-{match.Groups["key"].Value}" : null;
    }

    [GeneratedRegex(@"^x[-_]?chain[-_]?(?<hop>0|[1-9][0-9]?)[-_]?(?<onwards>onwards)?[-_]?(?<key>[a-z][a-z_-]*)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HopPrefix();

    private static string OwnKey(string written) =>
        written.Length > 0 && ChainArgument.TryParse(new(written, ""), out ChainArgument argument) ? argument.Key : written;

    private static (string Key, string Value) Split(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? (word[..equals], word[(equals + 1)..]) : (word, "");

    private static bool IsDash(char letter) => letter is >= '\u2010' and <= '\u2015' or '\u2212';
}
