using Plait.Throughput.Contenders;

namespace Plait.Throughput.Sections;

/// <summary>The chains that are measured.</summary>
internal static class MeasuredChains
{
    /// <summary>The chain of the budgets.</summary>
    internal const string TwoHops = "obfs3_obfs4";

    private static readonly string[][] s_all = [["obfs4"], ["obfs3", "obfs4"], ["obfs3", "obfs4", "obfs3"]];

    /// <summary>How a chain through Plait is named in the tables.</summary>
    internal static string ThroughPlait(string[] hops) => $"{string.Join('|', hops)}, Plait";

    /// <summary>How the same joined by hand is named.</summary>
    internal static string ByHand(string[] hops) => hops is [var alone] ? $"{alone} alone" : $"{string.Join('|', hops)}, by hand";

    /// <summary>The chain of the budgets, as in the tables.</summary>
    internal static string BudgetRow { get; } = ThroughPlait(["obfs3", "obfs4"]);

    /// <summary>obfs4proxy on both sides.</summary>
    internal static string Plaitrc(string obfs4proxy, params string[] more) => string.Join('\n', [
        $"ClientTransportPlugin obfs3,obfs4 exec {obfs4proxy}",
        $"ServerTransportPlugin obfs3,obfs4 exec {obfs4proxy}",
        .. more,
        "",
    ]);

    /// <summary>Chains of one, two and three hops, each through Plait and by hand.</summary>
    internal static async Task<List<Contender>> StartAsync(string obfs4proxy, Joiner joiner, string folder)
    {
        var chains = new List<Contender>();
        foreach (string[] hops in s_all)
        {
            string alias = string.Join('_', hops);
            chains.Add(await PlaitChain.StartAsync(
                ThroughPlait(hops), alias, Plaitrc(obfs4proxy), Path.Combine(folder, alias)));
            chains.Add(await HandJoinedChain.StartAsync(
                ByHand(hops), obfs4proxy, joiner, hops, Path.Combine(folder, alias + "-by-hand")));
        }

        return chains;
    }

    /// <summary>What a chain through Plait is compared with.</summary>
    internal static string? Against(Contender chain) =>
        s_all.Where(hops => ThroughPlait(hops) == chain.Name).Select(ByHand).FirstOrDefault();

    /// <summary>b64 inside Plait, and as a process of its own: Plait again, as the child of Plait.</summary>
    internal static async Task<List<Contender>> StartBase64Async(string folder)
    {
        string child = Path.Combine(Directory.CreateDirectory(folder).FullName, "child.plaitrc");
        await File.WriteAllTextAsync(child, "Alias b64child b64\n");
        return
        [
            await PlaitChain.StartAsync(InProcess, "b64", "", Path.Combine(folder, "inside")),
            await PlaitChain.StartAsync(
                AsProcesses, "b64child",
                $"ClientTransportPlugin b64child exec {Programs.Plait} -f {child}\n"
                + $"ServerTransportPlugin b64child exec {Programs.Plait} -f {child}\n",
                Path.Combine(folder, "outside")),
        ];
    }

    internal const string InProcess = "b64 in process";
    internal const string AsProcesses = "b64 as processes";
}
