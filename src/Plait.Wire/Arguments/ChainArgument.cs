using System.Globalization;

namespace Plait.Wire.Arguments;

/// <summary>One argument of a flat list, its key taken apart.</summary>
/// <param name="Hop">The hop it names, or -1 for all of them.</param>
/// <param name="Onwards">Whether it counts for later hops too.</param>
/// <param name="Key">The key that the hop sees.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct ChainArgument(int Hop, bool Onwards, string Key, string Value)
{
    internal const string Prefix = "x-chain-";

    /// <summary>The rank of an argument that does not count for a hop.</summary>
    internal const int NoRank = -1;

    private const string OnwardsMark = "onwards-";

    /// <summary>More hops than any chain has, and few enough digits for an int.</summary>
    private const int MaxHopDigits = 4;

    /// <summary>How closely this argument is meant for <paramref name="hop"/>: the largest rank wins.</summary>
    internal int RankOn(int hop)
    {
        if (Hop == hop && !Onwards)
        {
            return int.MaxValue;
        }

        bool counts = Hop < 0 || (Onwards && Hop <= hop);
        return counts ? Hop + 1 : NoRank;
    }

    /// <summary>False when the key begins with <see cref="Prefix"/> and then does not go on as it should.</summary>
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

    /// <summary>The argument as it is written for one hop alone.</summary>
    internal static PtArgument Name(PtArgument argument, int hop) =>
        argument with { Key = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{hop}-{argument.Key}") };
}
