using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Turns the names that tor asks for into chains.</summary>
/// <remarks>
/// A name is looked up as an alias, then as a transport (a chain of one), then as a free-form name. An alias means
/// its own hops only: if one of them is missing, the name is not read in another way, because the two sides of a connection would run
/// different chains.
/// </remarks>
public static class ChainResolver
{
    /// <summary>Finds the chain that <paramref name="name"/> means for <paramref name="role"/>.</summary>
    public static ChainResolution Resolve(PlaitConfiguration configuration, PtRole role, string name)
    {
        IReadOnlyList<string[]> readings = Read(configuration, role, name);
        return readings switch
        {
            [] => UnknownName.Explain(configuration, role, name),
            [var hops] => FromHops(configuration, role, name, hops),
            _ => Ambiguous(configuration, role, name, readings),
        };
    }

    /// <summary>Finds the chain of a tunnel: written as <c>a|b</c>, or named.</summary>
    [ProgramSeam]
    internal static ChainResolution ResolveWritten(PlaitConfiguration configuration, PtRole role, string tunnel, string chain) =>
        chain.Contains('|', StringComparison.Ordinal)
            ? FromHops(configuration, role, tunnel, chain.Split('|', StringSplitOptions.TrimEntries))
            : Resolve(configuration, role, chain);

    /// <summary>Every chain worth checking: for each role the aliases and the single transports that can be used there.</summary>
    public static IReadOnlyList<RoleChain> All(PlaitConfiguration configuration)
    {
        var chains = new List<RoleChain>();
        foreach (PtRole role in new[] { PtRole.Client, PtRole.Server })
        {
            IEnumerable<string> names = configuration.Aliases.Keys.Concat(configuration.For(role).Transports.Keys);
            chains.AddRange(names
                .Select(name => Resolve(configuration, role, name))
                .OfType<ChainResolution.Found>()
                .Select(found => new RoleChain(role, found.Chain)));
        }

        return chains;
    }

    /// <summary>The ways to read a name; the hops of an alias need not be declared.</summary>
    internal static IReadOnlyList<string[]> Read(PlaitConfiguration configuration, PtRole role, string name)
    {
        if (configuration.Aliases.TryGetValue(name, out ChainAlias? alias))
        {
            return [[.. alias.Hops]];
        }

        IReadOnlyDictionary<string, TransportDeclaration> transports = configuration.For(role).Transports;
        return transports.ContainsKey(name)
            ? [[name]]
            : FreeFormName.Read(name, [.. transports.Keys], configuration.Limits.MaxChainLength);
    }

    internal static ChainResolution.Failed Missing(PtRole role, string name, string hop) => new(
        $"{QuotedName.Name(name)} {(hop == name ? "is" : $"needs {QuotedName.Name(hop)}, which is")} not declared for a {Word(role)}",
        $"Add a {role}TransportPlugin line for {QuotedName.Name(hop)}.");

    internal static ChainResolution.Failed TooLong(string name, int hops, Limits limits) => new(
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{QuotedName.Name(name)} has {hops} hops, and at most {limits.MaxChainLength} are allowed"),
        "Make it shorter, or write a higher MaxChainLength.");

    internal static string Word(PtRole role) => role == PtRole.Client ? "client" : "server";

    private static ChainResolution FromHops(PlaitConfiguration configuration, PtRole role, string name, string[] hops)
    {
        IReadOnlyDictionary<string, TransportDeclaration> transports = configuration.For(role).Transports;
        if (hops.FirstOrDefault(hop => !transports.ContainsKey(hop)) is { } missing)
        {
            return Missing(role, name, missing);
        }

        if (hops.Length > configuration.Limits.MaxChainLength)
        {
            return TooLong(name, hops.Length, configuration.Limits);
        }

        var chain = new ChainDefinition(name, [.. hops.Select(hop => transports[hop])]);
        return chain.PlacementProblem(role) is { } problem
            ? new ChainResolution.Failed(problem, chain.PlacementAdvice(role))
            : new ChainResolution.Found(chain);
    }

    private static ChainResolution.Failed Ambiguous(
        PlaitConfiguration configuration, PtRole role, string name, IReadOnlyList<string[]> readings)
    {
        string first = string.Join("__", readings[0]);
        bool unmistakable = first != name && Read(configuration, role, first) is [var again] && again.SequenceEqual(readings[0]);
        string instead = unmistakable ? $", or ask for {QuotedName.Name(first)}" : "";
        return new(
            $"{QuotedName.Name(name)} can be read in several ways: {QuotedName.Names(readings.Select(hops => string.Join('|', hops)))}",
            $"Write an Alias line for the one you mean{instead}.");
    }
}
