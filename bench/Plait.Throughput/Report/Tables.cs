using System.Globalization;

namespace Plait.Throughput.Report;

/// <summary>Figures as tables, with what limits each.</summary>
internal static class Tables
{
    internal static IReadOnlyList<TextTable> Of(Figures figures)
    {
        TextTable[] all =
        [
            Throughput("One relay", figures.Relays,
                "The load is made and taken on the same processors: it sends 128 KiB a call from memory and discards at the far end in "
                + "the kernel (MSG_TRUNC), so that little but one copy into the kernel stands beside the relay. Plain loopback shows the "
                + "ceiling that this leaves. A splicing relay is limited by system calls and wake-ups, a copying one by two copies of "
                + "every byte."),
            Throughput("Chains of obfs4proxy", figures.Chains,
                "The transports' own cryptography: see the processor time of the children beside Plait's. By hand there is one relay "
                + "fewer on the client and two fewer on the bridge, because nothing listens in front of the wire hop and the "
                + "innermost hop talks to tor itself. One hop by hand is obfs4proxy alone, with no relay at all."),
            Throughput("An in-process hop", figures.InProcess,
                "Encoding and decoding, and copies through user space: what is encoded cannot be spliced. As processes, each side "
                + "has one process and two relays more."),
            Processes("Processor time by process", figures.Chains.Concat(figures.InProcess),
                "As above. Ours are Plait's two processes, or those that join by hand; theirs are the transports."),
            Openings(figures.Openings),
            Idle(figures.Idle),
            Start(figures.Start),
        ];
        return [.. all.Where(table => table.Rows.Count > 0)];
    }

    internal static TextTable Budget(Figures figures) => new(
        "Budgets",
        ["What", "Budget", "Measured", "Met"],
        [.. figures.Budgets.Select(row => new[] { row.What, row.Budget, row.Measured, row.Met switch { true => "yes", false => "no", null => "-" } })],
        "");

    private static TextTable Throughput(string title, IReadOnlyList<ThroughputRow> rows, string limits) => new(
        title,
        ["", "streams", "GB/s", "processor time", "against", "throughput", "processor time"],
        [.. rows.Select(row => new[]
        {
            row.Name,
            Text($"{row.Streams}"),
            Text($"{row.GigabytesPerSecond:0.000}"),
            row.Processes.Count == 0 ? "" : Text($"{row.Processes.Sum(process => process.MillisecondsPerGigabyte):0} ms/GB"),
            row.Against ?? "",
            row.ThroughputRatio is { } throughput ? Text($"{throughput:0.00} x") : "",
            row.CostRatio is { } cost ? Text($"{cost:0.00} x") : "",
        })],
        limits);

    /// <summary>The same processor time, by process.</summary>
    private static TextTable Processes(string title, IEnumerable<ThroughputRow> rows, string limits) => new(
        title,
        ["", "streams", "ours", "client's children", "bridge's children"],
        [.. rows.Select(row => new[]
        {
            row.Name,
            Text($"{row.Streams}"),
            Cost(row, process => !process.IsChild),
            Cost(row, process => process.Label == ProcessCost.ClientChildren),
            Cost(row, process => process.Label == ProcessCost.BridgeChildren),
        })],
        limits);

    private static string Cost(ThroughputRow row, Func<ProcessCost, bool> counts) => string.Join(" + ", row.Processes.Where(counts)
        .Select(process => process.IsChild
            ? Text($"{process.MillisecondsPerGigabyte:0} ms/GB")
            : Text($"{process.Label} {process.MillisecondsPerGigabyte:0} ms/GB")));

    private static TextTable Openings(IReadOnlyList<OpeningRow> rows) => new(
        "Time to open",
        ["", "opened", "lost", "median", "99 %", "against", "median more", "99 % more"],
        [.. rows.Select(row => new[]
        {
            row.Name,
            Text($"{row.Opened}"),
            Text($"{row.Lost}"),
            Text($"{row.Median:0.0} ms"),
            Text($"{row.Percentile99:0.0} ms"),
            row.Against ?? "",
            row.MedianMore is { } median ? Text($"{median:+0.0;-0.0} ms") : "",
            row.Percentile99More is { } late ? Text($"{late:+0.0;-0.0} ms") : "",
        })],
        "The transports' key exchanges. From connecting to the SOCKS port until the far end, behind the Extended ORPort, has sent one "
        + "byte back; one at a time, the chains in turn. What is more than by hand is ours.");

    private static TextTable Idle(IReadOnlyList<IdleRow> rows) => new(
        "Idle two-hop connections, joined by shims",
        ["", "open", "memory each", "descriptors each"],
        [.. rows.Select(row => new[]
        {
            row.Process, Text($"{row.Connections}"), Text($"{row.KibibytesEach:0.0} KiB"), Text($"{row.DescriptorsEach:0.00}"),
        })],
        "Growth of the resident memory from before the first to after the last opening, two seconds later, so what the openings left "
        + "to the garbage collector counts too. Descriptors: a connection of the client has two at tor's side and hop 0, and two "
        + "at the joint. The bridges are two processes that share the connections.");

    private static TextTable Start(StartRow? start) => new(
        "Start",
        ["", "from exec to the last CMETHOD line"],
        start is null ? [] :
        [
            ["Plait with obfs3|obfs4", Text($"{start.Plait:0} ms")],
            ["obfs4proxy alone", Text($"{start.ChildAlone:0} ms")],
            ["more", Text($"{start.More:0} ms")],
        ],
        "Loading the runtime and the program, then the child, which is started while Plait is still starting where that is possible.");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
