using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Torrc;

namespace Plait.Fuzz.Wire;

/// <summary>A bridge line.</summary>
internal sealed class BridgeLineTarget : FuzzTarget
{
    internal override string Name => "bridge-line";

    internal override string Invariant =>
        "each finding has a column of the line and one line of words; what is read is written, read back as the same and found mended";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "Bridge ", "bridge ", "obfs4 ", "obfs3_obfs4 ", "192.0.2.1:443 ", "192.0.2.1 ", "[2001:db8::1]:443 ", "[2001:db8::1] ",
        "2001:db8::1 ", "localhost:9 ", "192.0.2.1:0 ",
        "0123456789abcdef0123456789ABCDEF01234567 ", "FINGERPRINT ", "cert=abc ", "k= ", "=v ", "iat-mode=0", " ", "\t", "\r", "=", "\\", ";",
        "#", "\"", "\x00", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80\x93", "\xe2\x80\x9c", "\xe2\x80\x9d",
    ];

    // A line is looked at anew after each correction.
    internal override long? MaxAllocation(int inputLength) => (1024 * 1024) + (32L * 1024 * inputLength);

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        BridgeLineReading reading = BridgeLineReader.Read(text);
        int before = 0;
        foreach (BridgeLineFinding finding in reading.Findings)
        {
            Check.OneLine(finding.ToString(), "the finding");
            Check.That(finding.Column >= Math.Max(before, 1) && finding.Column <= text.EnumerateRunes().Count() + 1, "columns of the line, in order");
            before = finding.Column;
        }

        string found = Behaviour.Of(reading.Findings.FirstOrDefault()?.Fault, reading.Findings.Count);
        Check.That(reading.Bridge is not null || reading.IsRefused, "a bridge, or why there is none");
        if (reading.IsRefused)
        {
            return found;
        }

        BridgeLine bridge = reading.Bridge!;
        Check.That(bridge.ArgumentLength <= BridgeLine.MaxArgumentLength, "the arguments fit into SOCKS");
        Check.That(bridge.Address.Port != 0, "a bridge has a port");
        BridgeLineReading again = BridgeLineReader.Read(bridge.Format());
        Check.That(!again.IsRefused, "what is written can be read");
        Check.That(!again.Findings.Any(finding => finding.IsCorrected), "what is written needs no correction");
        Check.Equal(AddressText.Format(bridge.Address), AddressText.Format(again.Bridge!.Address), "the address written and read again");
        Check.Equal(bridge with { Address = again.Bridge.Address }, again.Bridge, "the rest written and read again");
        return Behaviour.Of(
            found, bridge.Transport is null, bridge.Address.AddressFamily, bridge.Fingerprint is null, bridge.Arguments.Count);
    }
}
