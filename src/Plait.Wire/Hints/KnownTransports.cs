namespace Plait.Wire.Hints;

/// <summary>
/// The transports in use on the Tor network and the keys that their clients take in a bridge line. For hints only: other transports and keys
/// may be right, so nothing is rejected for being absent here.
/// </summary>
/// <remarks>
/// From the programs: obfs4proxy 0.0.14 and lyrebird 0.8.1 (obfs4: O4-1, O4-2; webtunnel: W2 to W8; meek_lite: K4; scramblesuit),
/// snowflake-client 2.10.1, the conjure client of the Tor Project, dnstt as Tor Browser's lines have it.
/// </remarks>
public static class KnownTransports
{
    // More hops than any chain has.
    private const int MaxNameLength = 128;

    private static readonly ArgumentForm s_any = ArgumentForm.Any;
    private static readonly ArgumentForm s_url = ArgumentForm.Url;
    private static readonly ArgumentForm s_fingerprint = ArgumentForm.Hex(40);

    /// <summary>All transports with known keys.</summary>
    public static IReadOnlyList<KnownTransport> All { get; } =
    [
        new("obfs2", false),
        new("obfs3", false),
        new("obfs4", false,
            new("cert", ArgumentForm.Base64(52, padded: false), Required: true, Proves: true, UnlessGiven: "node-id"), // 20 of the id, 32 of the key
            new("iat-mode", ArgumentForm.OneOf("0", "1", "2"), Required: true),
            new("node-id", ArgumentForm.Hex(40)), // lines older than cert
            new("public-key", ArgumentForm.Hex(64))),
        new("scramblesuit", false, new KnownKey("password", s_any, Required: true, Proves: true)),
        new("snowflake", true,
            new("url", s_url), new("fingerprint", s_fingerprint), new("fronts", s_any), new("front", s_any), new("ice", s_any),
            new("utls-imitate", s_any), new("utls-nosni", s_any), new("ampcache", s_url), new("sqsqueue", s_url), new("sqscreds", s_any),
            new("max", ArgumentForm.Number)),
        new("meek", true, new("url", s_url), new("front", s_any), new("utls", s_any)),
        new("meek_lite", true,
            new("url", s_url, Required: true, UnlessGiven: "targets"), new("front", s_any), new("utls", s_any), new("targets", s_any)),
        new("webtunnel", true,
            new("url", s_url, Required: true), new("ver", s_any), new("addr", s_any), new("servername", s_any), new("utls", s_any),
            new("cert", ArgumentForm.Base64(32, padded: true)), new("sni-imitation", s_any), new("cert-domain", s_any)),
        new("conjure", true,
            new("url", s_url), new("fronts", s_any), new("front", s_any), new("registrar", s_any), new("ampcache", s_url),
            new("transport", s_any), new("stun", s_any), new("utls-imitate", s_any), new("utls-nosni", s_any)),
        new("dnstt", true,
            new("doh", s_url), new("dot", s_any), new("udp", s_any), new("pubkey", ArgumentForm.Hex(64), Required: true),
            new("domain", s_any, Required: true), new("utls", s_any)),
    ];

    /// <summary>The transport of this name, or null.</summary>
    /// <param name="name">The name; upper and lower case differ (N4).</param>
    public static KnownTransport? Of(string name) => All.FirstOrDefault(transport => transport.Name == name);

    /// <summary>Reads a name as known transports with <c>_</c> or <c>__</c> between them, as Plait reads a name without an alias.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The transports, hop 0 first; null if there is no such reading, or if there are several.</returns>
    public static IReadOnlyList<string>? ChainOf(string name)
    {
        if (name.Length > MaxNameLength || !All.Any(transport => name.StartsWith(transport.Name, StringComparison.Ordinal)))
        {
            return null;
        }

        // readings[i]: the readings of the name from i on, two at most
        var readings = new List<string[]>[name.Length + 1];
        readings[^1] = [[]];
        for (int at = name.Length - 1; at >= 0; at--)
        {
            readings[at] = [.. (
                from transport in All
                where string.CompareOrdinal(name, at, transport.Name, 0, transport.Name.Length) == 0
                let end = at + transport.Name.Length
                from next in Nexts(name, end)
                from rest in readings[next]
                select (string[])[transport.Name, .. rest]).Take(2)];
        }

        return readings[0] is [var only] ? only : null;
    }

    /// <summary>Where the next transport may begin: at the end, or after a separator.</summary>
    private static IEnumerable<int> Nexts(string name, int end)
    {
        if (end == name.Length)
        {
            yield return end;
        }

        foreach (int separator in new[] { 1, 2 })
        {
            int next = end + separator;
            if (next < name.Length && name.AsSpan(end, separator).IndexOfAnyExcept('_') < 0)
            {
                yield return next;
            }
        }
    }
}
