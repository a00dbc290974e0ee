using System.Net;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Wire;

/// <summary>What tor, or a child at the proxy joint, says to our SOCKS server.</summary>
/// <param name="password">As at the proxy joint, instead of as towards tor.</param>
internal sealed class SocksServerTarget(bool password) : FuzzTarget
{
    private static readonly SocksCredentialPolicy s_password =
        new SocksCredentialPolicy.Password("plait"u8.ToArray(), "0123456789abcdef"u8.ToArray());

    private readonly SocksCredentialPolicy _policy = password ? s_password : new SocksCredentialPolicy.TransportArguments();

    internal override string Name => password ? "socks-server-password" : "socks-server";

    internal override string Invariant => password
        ? "the same result whatever the cuts; no client gets in without user and password; bounded"
        : "the same result whatever the cuts; a request that was read can be written and is read back as the same; bounded";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x05\x01\x00", "\x05\x01\x02", "\x05\x02\x00\x02", "\x05\xff", "\x01\x05plait\x10" + "0123456789abcdef", "\x01\x01",
        "\x05plait", "\x10" + "0123456789abcdef",
        "\x01\x07k=v;a=b\x01\x00", "\x01\xff", "\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb",
        "\x05\x01\x00\x03\x0b" + "example.com\x01\xbb", "\x03\x09" + "127.0.0.1",
        "\x05\x01\x00\x04", "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07",
        "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc0\x00\x02\x01",
        "\x04\x01\x00\x50\xc0\x00\x02\x01", "\x04\x01\x01\xbb\x00\x00\x00\x01", "\x00", "\x00" + "example.com\x00", "k=v", ";",
        "\\;", "\\", "=", "\xc3\xa9", "cert=",
    ];

    internal override string Run(byte[] input)
    {
        HandshakeResult? first = null;
        SocksRequest? request = null;
        foreach (Func<int> cut in Cuts.Of(input))
        {
            var handshake = new SocksServerHandshake(_policy);
            HandshakeResult result = HandshakeFeeder.Feed(handshake, input, cut);
            Check.That(
                (result.Step == HandshakeStep.Completed) == (handshake.Request is not null),
                "a request is there exactly when completed");
            Check.Equal(first ?? result, result, "the result under another cut");
            (first, request) = (result, request ?? handshake.Request);
            Check.Equal(request, handshake.Request, "the request under another cut");
        }

        if (request is not null)
        {
            CheckRequest(request, input);
        }

        return Behaviour.Of(
            first!.Step, Behaviour.Words(first.Rejection), first.Output.Length, request is null ? "" : Describe(request));
    }

    private void CheckRequest(SocksRequest request, byte[] input)
    {
        Check.OneLine(AddressText.Format(request.Target), "the target");
        if (password)
        {
            ReadOnlySpan<byte> credentials = [5, .. "plait"u8, 16, .. "0123456789abcdef"u8];
            Check.That(input.AsSpan().IndexOf(credentials) >= 0, "no client gets in without user and password");
            return;
        }

        SocksClientHandshake client;
        try
        {
            client = SocksClientHandshake.ForTransport(request.Version, Mapped(request.Target), request.Arguments);
        }
        catch (ArgumentException)
        {
            return; // longer when it is escaped, or a host name in SOCKS4
        }

        var server = new SocksServerHandshake(_policy);
        Handover.Run(client, server);
        Check.Equal(request with { Target = Mapped(request.Target) }, server.Request, "the request written and read again");
    }

    /// <summary>Clients write an IPv4-mapped address as IPv4 (X21).</summary>
    private static EndPoint Mapped(EndPoint target) =>
        target is IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : target;

    private static string Describe(SocksRequest request) => Behaviour.Of(
        request.Version, request.Target.AddressFamily, request.Arguments.Count);
}
