using System.Globalization;
using Plait.Throughput.Contenders;
using Plait.Throughput.Sections;

namespace Plait.Throughput.Report;

/// <summary>
/// The budgets of docs/performance.md, and whether a run meets them. No exit code depends on it: no test asserts a time.
/// </summary>
internal static class Budgets
{
    internal const string OurRelay = "Plait's relay";
    internal const string SplicingHaproxy = "HAProxy, splicing";

    private const double RelayCost = 0.6;
    private const double RelayThroughput = 1.3;
    private const double ChainThroughput = 1.0;
    private const double OpeningMedian = 0.5;
    private const double OpeningPercentile99 = 2;
    private const double IdleKibibytes = 6;
    private const int IdleConnections = 4000;
    private const double ProxyClientDescriptors = 6;
    private const double ShimClientDescriptors = 4;
    private const double BridgeDescriptors = 4;
    private const double Start = 20;
    private const double StartedClientMebibytes = 16;
    private const double UsedBridgeMebibytes = 20;
    private const double ProgramMegabytes = 18;

    private const double InsideThroughput = 1.5;
    private const double InsideCost = 0.7;
    private const double InsideTwoHopThroughput = 1.2;
    private const double InsideIdleKibibytes = 12;
    private const double InsideClientMebibytes = 20;

    // A few descriptors that do not belong to a connection, such as pipes of the pool, may come during the openings.
    private const double DescriptorTolerance = 0.1;

    internal static IReadOnlyList<BudgetRow> Judge(Figures figures)
    {
        ThroughputRow[] relay = [.. figures.Relays.Where(row => row.Name == OurRelay && row.CostRatio is not null)];
        ThroughputRow[] chain = [.. figures.Chains.Where(row => row.Name == MeasuredChains.BudgetRow)];
        OpeningRow? opening = figures.Openings.FirstOrDefault(row => row.Name == MeasuredChains.BudgetRow);
        return
        [
            new("processor time per GB through one relay", "at most 0.6 x HAProxy, splicing",
                Each(relay, row => row.CostRatio!.Value), Met(relay, row => row.CostRatio <= RelayCost)),
            new("throughput of the same", "at least 1.3 x HAProxy, splicing",
                Each(relay, row => row.ThroughputRatio!.Value), Met(relay, row => row.ThroughputRatio >= RelayThroughput)),
            new("throughput of a two-hop chain", "at least 1.0 x the same by hand",
                Each(chain, row => row.ThroughputRatio!.Value), Met(chain, row => row.ThroughputRatio >= ChainThroughput)),
            new("time added to opening a two-hop chain", "at most 0.5 ms, 99 % at most 2 ms",
                opening is null ? NotMeasured : Text($"{opening.MedianMore:0.00} ms, 99 % {opening.Percentile99More:0.00} ms"),
                opening is null ? null : opening.MedianMore <= OpeningMedian && opening.Percentile99More <= OpeningPercentile99),
            Memory(figures, IdleRow.ProxyClients),
            Memory(figures, IdleRow.ShimClient),
            Memory(figures, IdleRow.Bridges),
            Descriptors(figures, IdleRow.ProxyClients, ProxyClientDescriptors),
            Descriptors(figures, IdleRow.ShimClient, ShimClientDescriptors),
            Descriptors(figures, IdleRow.Bridges, BridgeDescriptors),
            Row("from exec to the last CMETHOD line", Text($"at most {Start} ms more than the child alone"),
                figures.Start.FirstOrDefault(row => row.Name == Form.Published)?.More,
                more => Text($"{more:0.0} ms more"), more => more <= Start),
            Resident(figures, ResidentRow.StartedClient, StartedClientMebibytes),
            Resident(figures, ResidentRow.UsedBridge, UsedBridgeMebibytes),
            Row("size of the program", Text($"at most {ProgramMegabytes} MB"),
                figures.Sizes.FirstOrDefault(row => row.Name == Form.Published)?.Megabytes,
                size => Text($"{size:0.0} MB"), size => size <= ProgramMegabytes),
            .. InsideChains.Chains.SelectMany(chain => Inside(figures.Inside, chain)),
        ];
    }

    private static IEnumerable<BudgetRow> Inside(InsideFigures figures, string chain)
    {
        string name = InsideChains.Inside(chain);
        ThroughputRow[] rows = [.. figures.Throughput.Where(row => row.Name == name && row.CostRatio is not null)];
        bool one = !chain.Contains('_', StringComparison.Ordinal);
        double least = one ? InsideThroughput : InsideTwoHopThroughput;
        string against = InsideChains.OfObfs4Proxy(chain.Split('_')[^1]);
        yield return new($"throughput of {name}", Text($"at least {least:0.0} x {against}"),
            Each(rows, row => row.ThroughputRatio!.Value), Met(rows, row => row.ThroughputRatio >= least));
        if (one)
        {
            yield return new($"processor time of {name}", Text($"at most {InsideCost:0.0} x {against}"),
                Each(rows, row => row.CostRatio!.Value), Met(rows, row => row.CostRatio <= InsideCost));
        }

        OpeningRow? opening = figures.Openings.FirstOrDefault(row => row.Name == name);
        if (one)
        {
            yield return new($"opening {name}", $"at most as long as {against}",
                opening is null ? NotMeasured : Text($"{opening.MedianMore:+0.00;-0.00} ms"), opening is null ? null : opening.MedianMore <= 0);
        }

        IdleRow[] idle = [.. figures.Idle.Where(row => row.Process.StartsWith(name, StringComparison.Ordinal))];
        yield return new($"memory for each idle connection, {name}", Text($"at most {InsideIdleKibibytes} KiB at {IdleConnections}"),
            idle.Length == 0 ? NotMeasured : string.Join(", ", idle.Select(row => Text($"{row.KibibytesEach:0.0} KiB ({row.Process[(name.Length + 2)..]})"))),
            idle.Length > 0 && idle[0].Connections >= IdleConnections ? idle.All(row => row.KibibytesEach <= InsideIdleKibibytes) : null);
        yield return Row($"resident memory, {ResidentRow.ClientOfTen}, {name}", Text($"at most {InsideClientMebibytes} MiB"),
            figures.Resident.FirstOrDefault(row => row.Name == name && row.Process == ResidentRow.ClientOfTen)?.Resident,
            resident => Text($"{resident:0.0} MiB"), resident => resident <= InsideClientMebibytes);
    }

    /// <summary>The budget holds at 4,000: with fewer, what does not belong to a connection weighs more.</summary>
    private static BudgetRow Memory(Figures figures, string process)
    {
        IdleRow? idle = figures.Idle.FirstOrDefault(row => row.Process == process);
        return new(
            $"memory for each idle two-hop connection, {process}",
            Text($"at most {IdleKibibytes} KiB at {IdleConnections}"),
            idle is null ? NotMeasured : Text($"{idle.KibibytesEach:0.0} KiB at {idle.Connections}"),
            idle?.Connections >= IdleConnections ? idle.KibibytesEach <= IdleKibibytes : null);
    }

    private static BudgetRow Descriptors(Figures figures, string process, double most) => Row(
        $"descriptors for each idle two-hop connection, {process}", Text($"at most {most}"),
        figures.Idle.FirstOrDefault(row => row.Process == process)?.DescriptorsEach,
        each => Text($"{each:0.00}"), each => each <= most + DescriptorTolerance);

    private static BudgetRow Resident(Figures figures, string process, double most) => Row(
        $"resident memory, {process}", Text($"at most {most} MiB"),
        figures.Resident.FirstOrDefault(row => row.Name == Form.Published && row.Process == process)?.Resident,
        resident => Text($"{resident:0.0} MiB"), resident => resident <= most);

    private static BudgetRow Row(
        string what, string budget, double? measured, Func<double, string> format, Func<double, bool> met) =>
        new(what, budget, measured is { } value ? format(value) : NotMeasured, measured is { } judged ? met(judged) : null);

    private const string NotMeasured = "not measured";

    private static string Each(ThroughputRow[] rows, Func<ThroughputRow, double> value) => rows.Length == 0
        ? NotMeasured
        : string.Join(", ", rows.Select(row => Text($"{value(row):0.00} x ({Streams(row.Streams)})")));

    private static bool? Met(ThroughputRow[] rows, Func<ThroughputRow, bool> met) =>
        rows.Length == 0 ? null : rows.All(met);

    internal static string Streams(int count) => count == 1 ? "1 stream" : Text($"{count} streams");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
