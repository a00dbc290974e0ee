using System.Net;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Wire;

/// <summary>
/// Whatever we ask a transport for is what a server like ours understands. A line "SOCKS-VERSION HOST PORT", then arguments
/// as they stand in a bridge line, a line each.
/// </summary>
internal sealed class SocksRoundTripTarget : FuzzTarget
{
    internal override string Name => "socks-round-trip";

    internal override string Invariant =>
        "what our client asks for, arguments included, is what our server reads; what cannot be said is refused beforehand";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "4 ", "5 ", "192.0.2.1", "[2001:db8::1]", "::ffff:192.0.2.1", "example.com", " 443\n", " 0\n", "0.0.0.1", "k=v\n", "=",
        ";", "\\", "\x00", "\xc3\xa9", "\n"
    ];

    internal override string Run(byte[] input)
    {
        (string head, string rest) = Text.SplitLine(Text.Of(input));
        if (head.Split(' ') is not [var version, { Length: > 0 and <= 255 } host, var portText]
            || !ushort.TryParse(portText, out ushort port)
            || !PtArguments.TryParseWords(rest.Split('\n', StringSplitOptions.RemoveEmptyEntries), out PtArguments arguments, out _))
        {
            return "";
        }

        EndPoint target = AddressText.TryParseAddress(host, out IPAddress? address)
            ? new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port)
            : new DnsEndPoint(host, port);
        SocksVersion speaks = version == "4" ? SocksVersion.Socks4 : SocksVersion.Socks5;
        SocksClientHandshake client;
        try
        {
            client = SocksClientHandshake.ForTransport(speaks, target, arguments);
        }
        catch (ArgumentException e)
        {
            return Behaviour.Of("refused", Behaviour.Words(e.Message));
        }

        var server = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        (_, HandshakeStep step) = Handover.Run(client, server);
        Check.That(step == HandshakeStep.Completed, $"our server takes what our client says: {server.Rejection}");
        Check.Equal(new SocksRequest(speaks, target, arguments), server.Request, "what was read is what was asked for");
        return Behaviour.Of(speaks, target.AddressFamily, arguments.Count, arguments.FormatClient().Length);
    }
}
