using System.Globalization;
using Plait.Throughput.Sections;

namespace Plait.Throughput.Report;

/// <summary>
/// The budgets of design section 7, and whether a run meets them. No exit code depends on it: no test asserts a time.
/// </summary>
internal static class Budgets
{
    internal const string OurRelay = "Plait's relay";
    internal const string SplicingHaproxy = "HAProxy, splicing";

    private const double RelayCost = 1.0;
    private const double RelayThroughput = 1.1;
    private const double ChainThroughput = 0.97;
    private const double OpeningMedian = 1;
    private const double OpeningPercentile99 = 3;
    private const double IdleKibibytes = 8;
    private const double Start = 100;

    internal static IReadOnlyList<BudgetRow> Judge(Figures figures)
    {
        ThroughputRow[] relay = [.. figures.Relays.Where(row => row.Name == OurRelay && row.CostRatio is not null)];
        ThroughputRow[] chain = [.. figures.Chains.Where(row => row.Name == MeasuredChains.BudgetRow)];
        OpeningRow? opening = figures.Openings.FirstOrDefault(row => row.Name == MeasuredChains.BudgetRow);
        return
        [
            new("processor time per GB through one relay", "at most 1.0 x HAProxy, splicing",
                Each(relay, row => row.CostRatio!.Value), Met(relay, row => row.CostRatio <= RelayCost)),
            new("throughput of the same", "at least 1.1 x HAProxy, splicing",
                Each(relay, row => row.ThroughputRatio!.Value), Met(relay, row => row.ThroughputRatio >= RelayThroughput)),
            new("throughput of a two-hop chain", "at least 0.97 x the same by hand",
                Each(chain, row => row.ThroughputRatio!.Value), Met(chain, row => row.ThroughputRatio >= ChainThroughput)),
            new("time added to opening a two-hop chain", "at most 1 ms, 99 % at most 3 ms",
                opening is null ? NotMeasured : Text($"{opening.MedianMore:0.0} ms, 99 % {opening.Percentile99More:0.0} ms"),
                opening is null ? null : opening.MedianMore <= OpeningMedian && opening.Percentile99More <= OpeningPercentile99),
            new("memory for each idle two-hop connection", "at most 8 KiB in the client's Plait",
                figures.Idle is [var client, ..] ? Text($"{client.KibibytesEach:0.0} KiB at {client.Connections}") : NotMeasured,
                figures.Idle is [var first, ..] ? first.KibibytesEach <= IdleKibibytes : null),
            new("from exec to the last CMETHOD line", "at most 100 ms more than the child alone",
                figures.Start is { } start ? Text($"{start.More:0} ms more") : NotMeasured,
                figures.Start is { } more ? more.More <= Start : null),
        ];
    }

    private const string NotMeasured = "not measured";

    private static string Each(ThroughputRow[] rows, Func<ThroughputRow, double> value) => rows.Length == 0
        ? NotMeasured
        : string.Join(", ", rows.Select(row => Text($"{value(row):0.00} x ({Streams(row.Streams)})")));

    private static bool? Met(ThroughputRow[] rows, Func<ThroughputRow, bool> met) =>
        rows.Length == 0 ? null : rows.All(met);

    internal static string Streams(int count) => count == 1 ? "1 stream" : Text($"{count} streams");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
