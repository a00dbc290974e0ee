using Plait.Throughput.Contenders;
using Plait.Transports.BuiltIn;

namespace Plait.Throughput.Sections;

/// <summary>Transports inside Plait, beside the same of obfs4proxy. Those that this build has.</summary>
internal static class InsideChains
{
    private const string TwoHops = "obfs3_obfs4";

    /// <summary>The transports that both have.</summary>
    internal static IReadOnlyList<string> Transports { get; } =
        [.. new[] { "obfs3", "obfs4" }.Where(InProcessTransports.Clients.ContainsKey)];

    /// <summary>The chains that are measured inside Plait.</summary>
    internal static IReadOnlyList<string> Chains { get; } = TwoHops.Split('_').All(Transports.Contains) ? [.. Transports, TwoHops] : Transports;

    /// <summary>How a chain inside Plait is named in the tables.</summary>
    internal static string Inside(string chain) => $"{chain.Replace('_', '|')} inside Plait";

    /// <summary>How a transport of obfs4proxy is named.</summary>
    internal static string OfObfs4Proxy(string transport) => $"{transport} of obfs4proxy";

    /// <summary>What a chain inside Plait is compared with: the same transport, or that at the wire of two.</summary>
    internal static string? Against(Contender contender) =>
        Chains.Where(chain => Inside(chain) == contender.Name).Select(chain => OfObfs4Proxy(chain.Split('_')[^1])).FirstOrDefault();

    /// <summary>Starts all of them.</summary>
    internal static async Task<List<Contender>> StartAsync(string obfs4proxy, Joiner joiner, string folder)
    {
        var all = new List<Contender>();
        foreach (string chain in Chains)
        {
            all.Add(await StartAsync(chain, Path.Combine(folder, chain)));
        }

        foreach (string transport in Transports)
        {
            all.Add(await HandJoinedChain.StartAsync(OfObfs4Proxy(transport), obfs4proxy, joiner, [transport], Path.Combine(folder, transport + "-alone")));
        }

        return all;
    }

    /// <summary>Starts one chain inside Plait.</summary>
    internal static Task<PlaitChain> StartAsync(string chain, string folder) =>
        PlaitChain.StartAsync(Inside(chain), chain, chain == TwoHops ? $"Alias {TwoHops} obfs3|obfs4\n" : "", folder);
}
