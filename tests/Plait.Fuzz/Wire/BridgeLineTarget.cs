using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Pt;

namespace Plait.Fuzz.Wire;

/// <summary>A bridge line.</summary>
internal sealed class BridgeLineTarget : FuzzTarget
{
    internal override string Name => "bridge-line";

    internal override string Invariant =>
        "what is read is written and read back as the same; its arguments fit into SOCKS; an error repeats no word of the line";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "Bridge ", "bridge ", "obfs4 ", "obfs3_obfs4 ", "192.0.2.1:443 ", "192.0.2.1 ", "[2001:db8::1]:443 ", "[2001:db8::1] ",
        "2001:db8::1 ", "localhost:9 ",
        "0123456789abcdef0123456789ABCDEF01234567 ", "cert=abc ", "k= ", "=v ", "iat-mode=0", " ", "\t", "\r", "=", "\\", ";",
        "\x00", "\xc2\xa0",
    ];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        bool read = BridgeLine.TryParse(text, out BridgeLine? bridge, out string? error);
        Check.That(read == (error is null) && read == (bridge is not null), "a bridge or an error");
        if (!read)
        {
            Check.OneLine(error!, "the error");
            return Behaviour.Words(error);
        }

        Check.That(
            Encoding.UTF8.GetByteCount(bridge!.Arguments.FormatClient()) <= BridgeLine.MaxArgumentLength,
            "the arguments fit into SOCKS");
        Check.That(bridge.Address.Port != 0, "a bridge has a port");
        string written;
        try
        {
            written = bridge.Format();
        }
        catch (InvalidOperationException)
        {
            return "no written form"; // a value with a blank that is none to torrc, such as U+00A0
        }

        Check.That(BridgeLine.TryParse(written, out BridgeLine? again, out _), "what is written can be read");
        Check.Equal(AddressText.Format(bridge.Address), AddressText.Format(again!.Address), "the address written and read again");
        Check.Equal(bridge with { Address = again.Address }, again, "the rest written and read again");
        return Behaviour.Of(
            bridge.Transport is null, bridge.Address.AddressFamily, bridge.Fingerprint is null, bridge.Arguments.Count);
    }
}
