using System.Globalization;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;

namespace Plait.Wire.Torrc;

/// <summary>A bridge line in a longer text.</summary>
/// <param name="Number">The number of its first line in the text, from 1.</param>
/// <param name="Text">The line, with the line ends that cut it, and with blanks in the place of text before it. A secret (G5).</param>
public sealed record PastedBridgeLine(int Number, string Text)
{
    /// <summary>Whether the next line of the text looks like a part of it, and cannot be joined to it with certainty.</summary>
    public bool IsCut { get; init; }

    /// <summary>Reads it, and finds what only its place in the text, or a name that resembles a known one, shows.</summary>
    /// <param name="chainOf">As for <see cref="BridgeLineReader"/>.</param>
    public BridgeLineReading Read(Func<string, PtArguments, BridgeLineChain?> chainOf)
    {
        BridgeLineReading reading = BridgeLineReader.Read(Text, chainOf);
        var found = new List<BridgeLineFinding>();
        if (reading is { Chain: null, Bridge.Transport: { } name } && Resembled(name) is { } known)
        {
            int at = Math.Max(0, Text.IndexOf(name, StringComparison.Ordinal));
            found.Add(new(ColumnOf(at), BridgeLineFault.NameUnknown) { Text = $"the transport is none of the known ones; did you mean {known}?" });
        }

        if (IsCut)
        {
            found.Add(new(ColumnOf(Text.TrimEnd().Length), BridgeLineFault.GoesOn));
        }

        return found.Count == 0 ? reading
            : reading with { Findings = [.. reading.Findings.Concat(found).OrderBy(finding => finding.Column)], Mended = null };
    }

    /// <summary>Its place: what it holds is a secret (G5).</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"line {Number}");

    private int ColumnOf(int index) => Text[..index].EnumerateRunes().Count() + 1;

    /// <summary>The chain whose name this is but for typing errors in one of its parts; null if there is none.</summary>
    private static string? Resembled(string name)
    {
        string[] transports = [.. KnownTransports.All.Select(transport => transport.Name)];
        if (ClosestWord.Find(name, transports) is [var only])
        {
            return only;
        }

        string[] parts = name.Split('_');
        for (int i = 0; i < parts.Length; i++)
        {
            if (ClosestWord.Find(parts[i], transports) is [var closest] && string.Join('_', [.. parts[..i], closest, .. parts[(i + 1)..]]) is var chain
                && KnownTransports.ChainOf(chain) is not null)
            {
                return chain;
            }
        }

        return null;
    }
}
