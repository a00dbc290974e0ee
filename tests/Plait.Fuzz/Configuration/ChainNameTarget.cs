using Plait.Configuration;
using Plait.Fuzz.Engine;
using Plait.Wire.Pt;

namespace Plait.Fuzz.Configuration;

/// <summary>A name that tor asks for. The first line lists the transports there are; the second is the name.</summary>
internal sealed class ChainNameTarget : FuzzTarget
{
    internal override string Name => "chain-name";

    internal override string Invariant =>
        "a chain whose hops, joined again, are the name, or a reason in one line; the work stays small whatever the "
        + "transports are called";

    internal override int MaxLength => 1024;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "a,", "_,", "__,", "a_a,", "b_c,b,c", "obfs3", "obfs4", "meek_lite", "_", "__", "___", "\n", ",", "|", "a_", "_a",
        "aaaaaaaa", "\xc3\xa9"
    ];

    internal override string Run(byte[] input)
    {
        (string list, string name) = Text.SplitLine(Text.Of(input));
        string[] names = [.. list.Split(',').Where(word => TransportName.IsValid(word)).Distinct().Take(64)];
        if (names.Length == 0)
        {
            return "";
        }

        PlaitConfiguration configuration =
            PlaitConfiguration.Parse($"ClientTransportPlugin {string.Join(',', names)} exec /pt\n", "rc").Configuration;
        switch (ChainResolver.Resolve(configuration, PtRole.Client, name))
        {
            case ChainResolution.Found found:
                Check.That(found.Chain.Hops.Count <= configuration.Limits.MaxChainLength, "a chain is as long as it may be");
                Check.That(
                    found.Chain.Hops.All(hop => configuration.Client.Transports.ContainsKey(hop.Name)),
                    "a chain is made of transports");
                Check.That(Joined(name, 0, found.Chain.Hops, 0), "its hops, joined again, are the name");
                return Behaviour.Of("found", found.Chain.Hops.Count);
            case ChainResolution.Failed failed:
                Check.OneLine(failed.Why + failed.Instead, "a reason");
                return Behaviour.Of("failed", failed.Instead.Split(' ')[0], failed.Why.Split(' ').Length);
            default:
                throw new InvariantException("a resolution of a new kind");
        }
    }

    /// <summary>Whether the hops from one on, separated by one or two underscores, are the name from a place on.</summary>
    private static bool Joined(string name, int at, IReadOnlyList<TransportDeclaration> hops, int hop)
    {
        string part = hops[hop].Name;
        int end = at + part.Length;
        if (end > name.Length || string.CompareOrdinal(name, at, part, 0, part.Length) != 0)
        {
            return false;
        }

        return hop == hops.Count - 1
            ? end == name.Length
            : (name.AsSpan(end).StartsWith("_") && Joined(name, end + 1, hops, hop + 1))
                || (name.AsSpan(end).StartsWith("__") && Joined(name, end + 2, hops, hop + 1));
    }
}
