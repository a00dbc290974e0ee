using System.Globalization;
using Microsoft.Extensions.Logging;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Plait.Cli.Tunnels;

/// <summary>The tunnels as a table on a terminal, renewed each second, with the last messages below it.</summary>
internal sealed class TunnelTable
{
    private const int Messages = 5;
    private const double Kibibyte = 1 << 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    private readonly Lock _lock = new();
    private readonly Queue<(LogLevel Level, string Text)> _messages = new();
    private bool _shown;

    /// <summary>Takes a message, if the table is there.</summary>
    internal bool TryShow(LogLevel level, string text)
    {
        lock (_lock)
        {
            if (!_shown)
            {
                return false;
            }

            _messages.Enqueue((level, text));
            while (_messages.Count > Messages)
            {
                _messages.Dequeue();
            }

            return true;
        }
    }

    /// <summary>Shows it until <paramref name="over"/> fires.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="setup">The tunnels.</param>
    /// <param name="watch">What they do.</param>
    /// <param name="time">The clock.</param>
    /// <param name="over">Ends it.</param>
    internal async Task ShowAsync(IAnsiConsole console, TunnelSetup setup, TunnelWatch watch, TimeProvider time, CancellationToken over)
    {
        Show(shown: true);
        try
        {
            await console.Live(Draw(setup, watch)).StartAsync(async live =>
            {
                using var timer = new PeriodicTimer(s_interval, time);
                try
                {
                    while (await timer.WaitForNextTickAsync(over))
                    {
                        live.UpdateTarget(Draw(setup, watch));
                    }
                }
                catch (OperationCanceledException)
                {
                    live.UpdateTarget(Draw(setup, watch));
                }
            });
        }
        finally
        {
            Show(shown: false);
        }
    }

    /// <summary>The table and the messages.</summary>
    internal IRenderable Draw(TunnelSetup setup, TunnelWatch watch)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("tunnel", "hops");
        foreach (string column in new[] { "open", "in all", "failed", "out", "in" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach ((PlannedTunnel tunnel, TunnelFigures figures) in setup.Tunnels.Zip(watch.Figures()))
        {
            table.AddRow(
                new Text(tunnel.Name), new Text(tunnel.Chain), Number(figures.Open), Number(figures.Opened),
                new Text(figures.Failed.ToString(CultureInfo.InvariantCulture), figures.Failed > 0 ? new Style(Color.Red) : Style.Plain),
                new Text(Size(figures.Outward)), new Text(Size(figures.Inward)));
        }

        lock (_lock)
        {
            return new Rows([table,
                .. _messages.Select(message => new Text(message.Text, message.Level >= LogLevel.Warning ? new Style(Color.Yellow) : Style.Plain))]);
        }
    }

    /// <summary>A number of bytes for a person.</summary>
    internal static string Size(long bytes)
    {
        double size = bytes;
        int unit = 0;
        while (size >= Kibibyte && unit < s_units.Length - 1)
        {
            size /= Kibibyte;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? size : Math.Round(size, 1))} {s_units[unit]}");
    }

    private static Text Number(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    private void Show(bool shown)
    {
        lock (_lock)
        {
            _shown = shown;
        }
    }
}
