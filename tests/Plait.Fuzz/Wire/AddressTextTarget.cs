using System.Net;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;

namespace Plait.Fuzz.Wire;

/// <summary>Addresses in lines and variables.</summary>
internal sealed class AddressTextTarget : FuzzTarget
{
    /// <summary>Pieces of addresses.</summary>
    internal static IReadOnlyList<string> Words { get; } =
    [
        "127.0.0.1", "1.2.3.4:9999", "[2001:db8::7]:443", "1:2::3:4:9999", "::1", "::ffff:1.2.3.4", "[::]", "255", "256", "0",
        "00", ":", "::", ".", "[", "]", "%eth0", "%1",
        ":65535", ":65536", ":0", "localhost", "0x7f", " ", "\x00", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "-", "+1",
        "1e1",
    ];

    internal override string Name => "address-text";

    internal override string Invariant =>
        "what is read is written and read back as the same; nothing is read that the framework reads otherwise; strict is "
        + "part of lenient";

    internal override int MaxLength => 300;

    internal override IReadOnlyList<string> Tokens => Words;

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        bool strict = AddressText.TryParse(text, out IPEndPoint? endPoint);
        bool lenient = AddressText.TryParseLenient(text, out IPEndPoint? lenientEndPoint);
        bool bare = AddressText.TryParseAddress(text, out IPAddress? address);
        Check.That(
            strict == (endPoint is not null) && lenient == (lenientEndPoint is not null) && bare == (address is not null),
            "an address or none");
        Check.That(!strict || endPoint!.Equals(lenientEndPoint), "strict is part of lenient");
        if (strict)
        {
            Check.That(
                IPEndPoint.TryParse(text, out IPEndPoint? framework) && framework.Equals(endPoint),
                "the framework reads the same");
        }

        if (lenient)
        {
            string written = AddressText.Format(lenientEndPoint!);
            var normal = new IPEndPoint(AddressText.Normalize(lenientEndPoint!.Address), lenientEndPoint.Port);
            Check.That(
                AddressText.TryParse(written, out IPEndPoint? again) && again.Equals(normal), "what is written is read back");
            Check.OneLine(written, "what is written");
        }

        if (bare)
        {
            Check.That(
                IPAddress.TryParse(text, out IPAddress? framework) && framework.Equals(address),
                "the framework reads the same address");
        }

        return Behaviour.Of(
            endPoint?.AddressFamily, lenientEndPoint?.AddressFamily, address?.AddressFamily, address?.IsIPv4MappedToIPv6,
            lenientEndPoint?.Port is 0);
    }
}
