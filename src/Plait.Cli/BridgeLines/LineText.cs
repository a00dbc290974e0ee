using System.Globalization;
using Plait.Cli.Checking;
using Plait.Wire.Hints;
using Plait.Wire.Torrc;

namespace Plait.Cli.BridgeLines;

/// <summary>What bridge lines mean and what is wrong with them, for a person. No address and no value of an argument is in it (G5).</summary>
/// <param name="output">Gets it.</param>
internal sealed class LineText(Screen output)
{
    internal void Print(LineReport report)
    {
        foreach (ReadLine line in report.Lines)
        {
            Print(line, report.Lines.Count > 1 ? $"line {line.Number.ToString(CultureInfo.InvariantCulture)}: " : "");
        }
    }

    private void Print(ReadLine line, string place)
    {
        BridgeLineReading reading = line.Reading;
        if (reading.Bridge is { } bridge)
        {
            string chain = reading.Chain is { Transports: { Count: > 1 } hops } ? $" = {string.Join('|', hops)}" : "";
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{place}{bridge.Transport ?? "no transport"}{chain}, {bridge.ArgumentLength} of {BridgeLine.MaxArgumentLength} bytes of arguments"), hanging: 2);
            Print(reading, bridge);
        }
        else
        {
            output.Line($"{place}no bridge can be read from it");
        }

        foreach (BridgeLineFinding finding in reading.Findings)
        {
            output.Line(finding.IsCorrected ? Colour.Yellow : Colour.Red, finding.IsCorrected ? "mended:" : "problem:", finding.ToString());
        }

        (Colour colour, string word, string text) = reading.Verdict switch
        {
            BridgeLineVerdict.Good => (Colour.Green, "good:", "the line can be used as it is"),
            BridgeLineVerdict.Mended => (Colour.Yellow, "mendable:", "plait bridge-line --fix prints it with all of that mended"),
            _ => (Colour.Red, "bad:", "a person has to correct what is a problem"),
        };
        output.Line(colour, word, text);
        output.Line();
    }

    private void Print(BridgeLineReading reading, BridgeLine bridge)
    {
        IReadOnlyList<BridgeHop> hops = BridgeCheck.HopsOf(reading);
        for (int index = 0; index < hops.Count; index++)
        {
            BridgeHop hop = hops[index];
            bool indirect = KnownTransports.Of(hop.Transport) is { IsIndirect: true };
            output.Row(
                [1, hops.Max(other => other.Transport.Length)], index.ToString(CultureInfo.InvariantCulture), hop.Transport,
                (hop.Keys.Count == 0 ? "gets no arguments" : $"gets {string.Join(", ", hop.Keys.Select(CheckText.Shown))}")
                    + (index < hops.Count - 1 ? "" : indirect ? "; finds its own way, and ignores the address" : "; dials the address")
                    + (hops.Count > 1 && index == 0 ? "; nearest to the application" : ""));
        }

        if (hops.Count == 0 && bridge.Transport is not null)
        {
            output.Line("  The chain is not one of known transports; its plaitrc, with -f FILE, says what it is.", hanging: 2);
        }

        output.Line(bridge.Fingerprint is null
            ? "  It has no fingerprint: tor takes any bridge that answers there."
            : "  It has a fingerprint, by which tor knows the bridge.", hanging: 2);
    }
}
