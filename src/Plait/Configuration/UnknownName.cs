using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Explains why a name that tor asked for has no meaning.</summary>
internal static class UnknownName
{
    // More would hide the answer in a line of a log.
    private const int MostNamesListed = 12;

    internal static ChainResolution.Failed Explain(PlaitConfiguration configuration, PtRole role, string name)
    {
        RoleConfiguration known = configuration.For(role);
        if (FreeFormName.FewestHops(name, [.. known.Transports.Keys]) is { } hops)
        {
            return ChainResolver.TooLong(name, hops, configuration.Limits); // otherwise it would have been read
        }

        PtRole other = role == PtRole.Client ? PtRole.Server : PtRole.Client;
        if (ChainResolver.Read(configuration, other, name) is [var otherHops])
        {
            return ChainResolver.Missing(role, name, otherHops.First(hop => !known.Transports.ContainsKey(hop)));
        }

        IEnumerable<ChainAlias> aliases = configuration.Aliases.Values.Where(alias => Exists(alias, known));
        string[] names = [.. aliases.Select(alias => alias.Name), .. known.Transports.Keys];
        IReadOnlyList<string> closest = ClosestWord.Find(name, names);
        return new(
            $"{QuotedName.Name(name)} is neither a transport nor a chain of transports that a {ChainResolver.Word(role)} has",
            closest is []
                ? $"Known are {QuotedName.Names(names.Take(MostNamesListed))}{(names.Length > MostNamesListed ? " and others" : "")}."
                : $"Write {string.Join(" or ", closest.Take(MostNamesListed).Select(QuotedName.Name))} if that is meant.");
    }

    private static bool Exists(ChainAlias alias, RoleConfiguration known) => alias.Hops.All(known.Transports.ContainsKey);
}
