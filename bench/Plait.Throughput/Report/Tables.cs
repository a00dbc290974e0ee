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
                """
                The load runs on the same processors: it sends 128 KiB a call, and discards at the far end in the kernel
                (MSG_TRUNC), so that little more than one copy into the kernel stands beside the relay. Plain loopback shows
                the ceiling that this leaves. A relay that splices is limited by its system calls and wake-ups, one that
                copies by two copies of every byte. The relay by hand is the joiner's, see below: two blocking threads for each
                connection. socat has buffers of 64 KiB here, and a process for each connection.
                """),
            Throughput("Chains of obfs4proxy", figures.Chains,
                """
                The transports' own cryptography: the table of processes below says how much of the processor time is ours.
                The joiner by hand is a native program (bench/Plait.Throughput/Contenders/joiner.c, compiled with -O2): blocking
                threads that splice through pipes of 1 MiB, as Go's io.Copy does. It has one relay for each hop on the client
                (its wire hop dials the network itself) and one between two hops on the bridge (its wire hop listens itself,
                its innermost hop talks to tor itself). It leaves the system's choice of congestion control, which may pace
                (BBR); Plait chooses Reno on the loopback. One hop by hand is obfs4proxy alone.
                """),
            Throughput("An in-process hop", figures.InProcess,
                """
                Encoding and decoding, and copies through user space: what is encoded cannot be spliced. As processes, each
                side has one process and two relays more.
                """),
            Throughput("Transports inside Plait", figures.Inside.Throughput,
                """
                Each byte is read, enciphered and written once on each side, by one process a side as with obfs4proxy alone. Two hops inside
                are compared with the one of obfs4proxy that stands at the wire.
                """),
            Processes("Processor time by process", figures.Chains.Concat(figures.InProcess).Concat(figures.Inside.Throughput),
                "as above. Ours are Plait's two processes, or those that join by hand; the children are the transports."),
            Openings("Time to open", figures.Openings),
            Openings("Time to open, transports inside Plait", figures.Inside.Openings),
            Idle("Idle two-hop connections", figures.Idle),
            Idle("Idle connections of transports inside Plait", figures.Inside.Idle),
            Start(figures.Start),
            Resident("Resident memory with obfs3|obfs4", figures.Resident),
            Resident("Resident memory with transports inside Plait", figures.Inside.Resident),
            Sizes(figures.Sizes),
        ];
        return [.. all.Where(table => table.Rows.Count > 0)];
    }

    internal static TextTable Budget(Figures figures) => new(
        "Budgets",
        ["What", "Budget", "Measured", "Met"],
        [.. figures.Budgets.Select(row => new[] { row.What, row.Budget, row.Measured, Verdict(row.Met) })],
        "");

    private static string Verdict(bool? met) => met switch { true => "yes", false => "no", null => "-" };

    private static TextTable Throughput(string title, IReadOnlyList<ThroughputRow> rows, string limits) => new(
        title,
        ["", "streams", "GB/s", "processor time", "against", "throughput ratio", "processor time ratio"],
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

    private static string Cost(ThroughputRow row, Func<ProcessCost, bool> counts) => string.Join(
        " + ",
        from process in row.Processes.Where(counts)
        let cost = Text($"{process.MillisecondsPerGigabyte:0} ms/GB")
        select process.IsChild ? cost : $"{process.Label} {cost}");

    private static TextTable Openings(string title, IReadOnlyList<OpeningRow> rows) => new(
        title,
        ["", "opened", "lost", "median", "99 %", "against", "median more", "99 % more"],
        [.. rows.Select(row => new[]
        {
            row.Name,
            Text($"{row.Opened}"),
            Text($"{row.Lost}"),
            Text($"{row.Median:0.00} ms"),
            Text($"{row.Percentile99:0.00} ms"),
            row.Against ?? "",
            row.MedianMore is { } median ? Text($"{median:+0.00;-0.00} ms") : "",
            row.Percentile99More is { } late ? Text($"{late:+0.00;-0.00} ms") : "",
        })],
        """
        The transports' key exchanges. It is the time from connecting to the SOCKS port until the far end, behind the Extended
        ORPort, has sent one byte back; one at a time, the chains in turn. What is more than by hand is ours.
        """);

    private static TextTable Idle(string title, IReadOnlyList<IdleRow> rows) => new(
        title,
        ["", "open", "memory each", "descriptors each"],
        [.. rows.Select(row => new[]
        {
            row.Process, Text($"{row.Connections}"), Text($"{row.KibibytesEach:0.0} KiB"), Text($"{row.DescriptorsEach:0.00}"),
        })],
        """
        Sockets, the tasks that wait for them, and the heap's own slack. It is the growth of the resident memory from before
        the first to after the last opening, two seconds later, so what the openings left to the garbage collector counts
        too. Two processes share the connections of the bridges, and of the clients behind proxy joints: six descriptors
        for each of 4,000 would exceed 20,000 in one.
        """);

    private static TextTable Start(IReadOnlyList<StartRow> rows) => new(
        "Start with obfs3|obfs4",
        ["", "from exec to the last CMETHOD line", "more than the child alone"],
        [.. rows.Select(row => new[]
        {
            row.Name, Text($"{row.Time:0.0} ms"), row.More is { } more ? Text($"{more:0.0} ms") : "",
        })],
        "Loading the program; the child runs its few milliseconds after that.");

    private static TextTable Resident(string title, IReadOnlyList<ResidentRow> rows) => new(
        title,
        ["", "process", "resident", "shared pages divided", "threads"],
        [.. rows.Select(row => new[]
        {
            row.Name,
            row.Process,
            Text($"{row.Resident:0.0} MiB"),
            Text($"{row.Proportional:0.0} MiB"),
            Text($"{row.Threads:0.#}"),
        })],
        """
        The pages of the program that were used, its heap and its threads' stacks. Resident is VmRSS of /proc/PID/status, and
        shared pages divided is Pss of smaps_rollup. Both are read half a second after the event, and are medians over the
        starts. The children are not counted.
        """);

    private static TextTable Sizes(IReadOnlyList<SizeRow> rows) => new(
        "Size of the program",
        ["", "file"],
        [.. rows.Select(row => new[] { row.Name, Text($"{row.Megabytes:0.0} MB") })],
        "The code that is compiled in. Debug symbols and notices beside the file are not counted.");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
