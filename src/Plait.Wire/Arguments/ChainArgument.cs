using System.Globalization;

namespace Plait.Wire.Arguments;

/// <summary>One argument of a flat list, with its key parsed.</summary>
/// <param name="Hop">The hop that it names, or -1 for all hops.</param>
/// <param name="Onwards">Whether it also applies to later hops.</param>
/// <param name="Key">The key that the hop receives.</param>
/// <param name="Value">The value that the hop receives.</param>
internal readonly record struct ChainArgument(int Hop, bool Onwards, string Key, string Value)
{
    internal const string Prefix = "x-chain-";

    /// <summary>The rank of an argument that does not apply to a hop.</summary>
    internal const int NoRank = -1;

    private const string OnwardsMark = "onwards-";

    /// <summary>Enough for any chain, and few enough for an int.</summary>
    private const int MaxHopDigits = 4;

    /// <summary>How specific this argument is to <paramref name="hop"/>: of one key, only arguments of the highest rank apply.</summary>
    internal int RankOn(int hop)
    {
        if (Hop == hop && !Onwards)
        {
            return int.MaxValue;
        }

        bool counts = Hop < 0 || (Onwards && Hop <= hop);
        return counts ? Hop + 1 : NoRank;
    }

    /// <summary>Parses the key. False if it begins with <see cref="Prefix"/> and the rest is malformed.</summary>
    internal static bool TryParse(PtArgument argument, out ChainArgument parsed)
    {
        parsed = new(-1, true, argument.Key, argument.Value);
        if (!argument.Key.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return true;
        }

        ReadOnlySpan<char> rest = argument.Key.AsSpan(Prefix.Length);
        int digits = rest.IndexOfAnyExceptInRange('0', '9');
        bool canonical = digits == 1 || (digits is > 1 and <= MaxHopDigits && rest[0] != '0');
        if (!canonical)
        {
            return false;
        }

        int hop = int.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        rest = rest[digits..];
        bool onwards = rest.StartsWith(OnwardsMark, StringComparison.Ordinal);
        if (!onwards && rest[0] != '-')
        {
            return false;
        }

        string key = rest[(onwards ? OnwardsMark.Length : 1)..].ToString();
        parsed = new(hop, onwards, key, argument.Value);
        return key.Length > 0;
    }

    /// <summary>Writes an argument for one hop only.</summary>
    internal static PtArgument Name(PtArgument argument, int hop) =>
        argument with { Key = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{hop}-{argument.Key}") };
}
