using System.Globalization;
using Plait.Diagnostics.Events;
using Plait.Wire.Addresses;
using Spectre.Console;

namespace Plait.Cli.Commands;

/// <summary>Draws the chain of the demonstration.</summary>
internal static class DemoPicture
{
    private const double Mebibyte = 1 << 20;

    internal static void Draw(DemoResult result)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = 160; // a file or a pipe has no edge to wrap at
            AnsiConsole.Profile.Capabilities.Ansi = false; // and shows no colours, whatever TERM says
        }

        if (result.Remark.Length > 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]{result.Remark}[/]");
        }

        AnsiConsole.WriteLine();
        Line("application", Text($"connected after {result.SetUp.TotalMilliseconds:0.0} ms"));
        Line("   │ SOCKS5", "");
        for (int hop = 0; hop < result.Client.Length; hop++)
        {
            Hop(result.Client, hop, client: true);
        }

        Line("   ┆ the network", "");
        for (int hop = result.Bridge.Length - 1; hop >= 0; hop--)
        {
            Hop(result.Bridge, hop, client: false);
        }

        string told = result.AddressToldToTor is { } address ? $"told the client's address: {AddressText.Format(address)}" : "told no address";
        Line("tor's place", told);
        AnsiConsole.WriteLine();
        double rate = (result.Outward + result.Inward) / Mebibyte / result.Transfer.TotalSeconds;
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[green]{result.Chain}[/]: {result.Outward / Mebibyte:0.##} MiB out, {result.Inward / Mebibyte:0.##} MiB in, every byte as sent; {rate:0} MiB/s");
    }

    private static void Hop(HopReport[] hops, int index, bool client)
    {
        HopReport hop = hops[index];
        TimeSpan behind = index + 1 < hops.Length ? hops[index + 1].SetUp : TimeSpan.Zero;
        string setUp = client ? Text($", {(hop.SetUp - behind).TotalMilliseconds:0.0} ms") : "";
        Line($"[[{index}]] {(client ? "client" : "bridge")} {hop.Transport}", $"{hop.Process}{setUp}");
        Line($"   │ {NameOf(hop.Joint)}", Text($"{hop.Outward / Mebibyte:0.00} MiB out, {hop.Inward / Mebibyte:0.00} MiB in"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(JointKind joint) => joint switch
    {
        JointKind.Proxy => "by proxy",
        JointKind.Shim => "by shim",
        JointKind.Direct => "dials the network itself",
        JointKind.ExtOrPort => "by Extended ORPort",
        JointKind.OrPort => "by ORPort",
        _ => "in process",
    };

    private static void Line(string left, string right) =>
        AnsiConsole.MarkupLine($"  {left,-24}  [grey]{Markup.Escape(right)}[/]".TrimEnd());
}
