using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Torrc;

/// <summary>
/// A bridge line as a bridge can write it: what it does not know itself is a placeholder, as in obfs4proxy's file (O4-7).
/// </summary>
/// <param name="Name">The chain.</param>
/// <param name="Address">The address, or null.</param>
/// <param name="Port">The port, or null.</param>
/// <param name="IsTors">Whether tor is in front: its line has a fingerprint, which the transport does not know.</param>
/// <param name="Arguments">What clients need.</param>
public sealed record BridgeLineTemplate(string Name, IPAddress? Address, int? Port, bool IsTors, PtArguments Arguments)
{
    private const string AddressWord = "<IP ADDRESS>", PortWord = "<PORT>", FingerprintWord = "<FINGERPRINT>";

    // Stand for the placeholders while a line is read; both are of no bridge.
    private static readonly IPEndPoint s_unknown = new(IPAddress.Any, 1);

    /// <summary>Writes the line.</summary>
    /// <exception cref="InvalidOperationException">An argument holds a blank, which torrc cannot express.</exception>
    public string Format()
    {
        IPEndPoint at = new(Address ?? s_unknown.Address, Port ?? s_unknown.Port);
        string written = AddressText.Format(at);
        int colon = written.LastIndexOf(':');
        string address = $"{(Address is null ? AddressWord : written[..colon])}:{(Port is null ? PortWord : written[(colon + 1)..])}";
        return new BridgeLine(Name, at, null, Arguments).Format().Replace($"Bridge {Name} {written}",
            $"Bridge {Name} {address}{(IsTors ? $" {FingerprintWord}" : "")}", StringComparison.Ordinal);
    }

    /// <summary>Finds the line in a file: the one that begins with <c>Bridge</c>.</summary>
    /// <param name="file">What the file holds.</param>
    /// <returns>Null if it has no such line.</returns>
    public static BridgeLineTemplate? Find(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        string? line = file.Split('\n').FirstOrDefault(line => line.StartsWith("Bridge ", StringComparison.Ordinal));
        if (line is null)
        {
            return null;
        }

        bool addressKnown = !line.Contains(AddressWord, StringComparison.Ordinal), portKnown = !line.Contains(PortWord, StringComparison.Ordinal);
        bool isTors = line.Contains(FingerprintWord, StringComparison.Ordinal);
        BridgeLineReading reading = BridgeLineReader.Read(line.Replace(AddressWord, "0.0.0.0", StringComparison.Ordinal)
            .Replace(PortWord, "1", StringComparison.Ordinal).Replace(FingerprintWord, "", StringComparison.Ordinal));
        bool sound = reading.Findings.All(finding => finding.IsCorrected || finding.Fault is < BridgeLineFault.NameWrong or BridgeLineFault.TooLong);
        return sound && reading.Bridge is { Transport: { } name } bridge
            ? new(name, addressKnown ? bridge.Address.Address : null, portKnown ? bridge.Address.Port : null, isTors, bridge.Arguments)
            : null;
    }

    /// <summary>The name: what it holds are secrets (G5).</summary>
    public override string ToString() => $"bridge line of {Name}";
}
