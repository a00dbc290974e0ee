using System.Globalization;
using Plait.Cli.Tunnels;
using Plait.Configuration;
using Plait.Diagnostics.Events;
using Plait.Wire.Pt;
using Spectre.Console;

namespace Plait.SystemTests.Tunnels;

/// <summary>Parts of the commands that need no process.</summary>
public class TunnelPartsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(5L << 30, "5 GiB")]
    public void Size_OfBytes_IsForAPerson(long bytes, string text) => Assert.Equal(text, TunnelTable.Size(bytes));

    [Fact]
    public void Table_ShowsTunnelsHopsAndFigures()
    {
        var tunnel = new TunnelOptions(new Dictionary<string, IReadOnlyList<string>>
        {
            [TunnelOption.Chain] = ["b64|dummy"], [TunnelOption.To] = ["192.0.2.4:443"], [TunnelOption.Listen] = ["127.0.0.1:0"],
        });
        TunnelSetup setup = TunnelSetup.Read(PtRole.Client, null, "vpn", tunnel);
        var watch = new TunnelWatch(["vpn"]);
        watch.OnEvent(new PlaitEvent.ConnectionEnded("vpn", 1, Opened: true, Outward: 2048, Inward: 3 << 20, TimeSpan.FromSeconds(1), Failure: null));
        var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 100;

        console.Write(new TunnelTable().Draw(setup, watch));

        string row = Assert.Single(text.ToString().Split('\n'), line => line.Contains("vpn", StringComparison.Ordinal));
        Assert.Equal(["vpn", "b64|dummy", "0", "0", "0", "2 KiB", "3 MiB"],
            row.Split('│', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Each transport comes from the first program that has it; those of Plait need none.</summary>
    [Fact]
    public void FoundPrograms_BothInstalled_TakesLyrebird()
    {
        PlaitConfiguration both = FoundPrograms.Read(listensInFront: false, _ => true), none = FoundPrograms.Read(listensInFront: false, _ => false);

        Assert.Contains("webtunnel", both.Client.Transports.Keys);
        Assert.All(both.Server.Transports.Values.Where(transport => transport.Source is TransportSource.Managed),
            transport => Assert.Equal("lyrebird", transport.Source.Line!.Program));
        Assert.All(none.Server.Transports.Values, transport => Assert.True(transport.Source.IsPartOfPlait));
    }

    [Fact]
    public void Qr_OfABridgeLine_IsASquareOfHalfBlocks()
    {
        string[] lines = QrText.Draw("obfs4 192.0.2.4:443 cert=abc iat-mode=0", hasColours: false).TrimEnd('\n').Split('\n');

        Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));
        Assert.Equal((lines[0].Length + 1) / 2, lines.Length);
        Assert.Equal(new string('█', lines[0].Length), lines[0]); // the quiet zone
    }
}
