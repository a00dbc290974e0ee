using System.Globalization;
using System.Text;

namespace Plait.Throughput.Report;

/// <summary>docs/performance.md.</summary>
internal static class Markdown
{
    internal static string Of(Figures figures)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Performance

            Written by `./bench/run{(figures.Quick ? " --quick" : "")}`, not by hand: on {figures.At:yyyy-MM-dd}, of revision {figures.Revision}.

            `./bench/run` measures everything again and writes this page, within twenty minutes; `./bench/run --quick` needs
            three, and leaves the page alone. Both print the tables, and write the figures as JSON to `artifacts/bench`. The
            programs beside ours come from Debian, and so does the compiler for the joiner written by hand: `apt-get install
            haproxy socat obfs4proxy gcc libc6-dev`. What is missing is left out. `--beside PLAIT` measures start, memory and
            size of another form of Plait in turn with this one's.

            What counts are the ratios: all that is compared took turns within one run on one machine. Figures are medians of
            several rounds, ratios the medians of those within a round. 1 GB is 10^9 bytes. Processor time is user and system.

            | | |
            | --- | --- |
            | processor | {figures.Machine.Processor}, {figures.Machine.Processors} of them for us |
            | memory | {figures.Machine.MemoryGibibytes:0} GiB |
            | system | {figures.Machine.System}, Linux {figures.Machine.Kernel}, TCP by {figures.Machine.CongestionControl} |
            | runtime | {figures.Machine.Runtime} |
            | programs | {string.Join("; ", figures.Machine.Programs)} |
            | load before the run | {figures.Machine.LoadBefore:0.0}{Busy(figures.Machine)} |

            ## Budgets
            """);
        text.AppendLine();
        Append(text, Tables.Budget(figures));
        foreach (TextTable table in Tables.Of(figures))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {table.Title}").AppendLine();
            Append(text, table);
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"What limits it: {LowerFirst(table.Limits)}");
        }

        foreach (string reason in figures.LeftOut)
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Left out: {reason}");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, TextTable table)
    {
        AppendRow(text, table.Heads);
        AppendRow(text, [.. table.Heads.Select(_ => "---")]);
        foreach (string[] row in table.Rows)
        {
            AppendRow(text, row);
        }
    }

    private static void AppendRow(StringBuilder text, string[] cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(Escape)).AppendLine(" |");

    private static string Busy(Machine machine) =>
        machine.WasBusy ? ": other work had a part of the processors, so the figures are coarse" : "";

    private static string LowerFirst(string text) => char.ToLowerInvariant(text[0]) + text[1..];

    private static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal);
}
