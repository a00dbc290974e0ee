using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Prober;

/// <summary>The table in docs/threat-model.md: what a prober sees of each transport. Kinds that see the same share a row.</summary>
internal static class ProbeTable
{
    private const string Heading = "## What a prober sees";
    private const string BetweenKinds = "; ";

    /// <summary>The transports, in the order of the columns.</summary>
    public static IReadOnlyList<string> Wires { get; } = ["obfs4", "obfs3", "obfs2"];

    /// <summary>The whole section of the page.</summary>
    public static string Section { get; } = string.Join('\n', File
        .ReadLines(Path.Combine(PlaitProgram.RepositoryRoot, "docs", "threat-model.md"))
        .SkipWhile(line => line != Heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)));

    /// <summary>What the page says a kind of probe sees of each transport.</summary>
    /// <returns>The alternatives for each transport; one set for each row that names the kind.</returns>
    public static IReadOnlyList<Dictionary<string, string[]>> RowsOf(ProbeKind kind) =>
    [
        .. from row in Section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)
           let cells = row.Split('|', StringSplitOptions.TrimEntries)[1..^1]
           where cells[1] == kind.Then && cells[0].Split(BetweenKinds).Contains(kind.Sent)
           select Wires.Zip(cells[2..]).ToDictionary(pair => pair.First, pair => pair.Second.Split(Verdict.Alternative)),
    ];

    /// <summary>The rows as they were seen, to be put into the page.</summary>
    public static string Write(IReadOnlyCollection<Verdict> verdicts)
    {
        var rows = from kind in ProbeKind.All
                   let seen = string.Join(" | ", Wires.Select(wire => verdicts.Single(one => one.Wire == wire && one.Kind == kind).Seen))
                   group kind.Sent by (kind.Then, seen) into row
                   select $"| {string.Join(BetweenKinds, row)} | {row.Key.Then} | {row.Key.seen} |";
        return string.Join('\n', rows.Prepend("| --- | --- | --- | --- | --- |").Prepend($"| Sent | and then | {string.Join(" | ", Wires)} |"));
    }
}
