using Spectre.Console;

namespace Plait.Throughput.Report;

/// <summary>Tables on the terminal.</summary>
internal static class Terminal
{
    private const int LeastWidth = 130; // of a file or a pipe, which has none

    internal static void Print(Figures figures)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = LeastWidth;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }

        foreach (TextTable table in Tables.Of(figures).Append(Tables.Budget(figures)))
        {
            var drawn = new Table { Title = new(Markup.Escape(table.Title)), Border = TableBorder.Rounded };
            foreach (string head in table.Heads)
            {
                drawn.AddColumn(Markup.Escape(head));
            }

            foreach (string[] row in table.Rows)
            {
                drawn.AddRow([.. row.Select(Markup.Escape)]);
            }

            AnsiConsole.Write(drawn);
        }

        foreach (string reason in figures.LeftOut)
        {
            AnsiConsole.WriteLine("left out: " + reason);
        }
    }
}
