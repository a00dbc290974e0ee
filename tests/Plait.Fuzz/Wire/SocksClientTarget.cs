using System.Net;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Wire;

/// <summary>
/// What a transport's SOCKS port, or an upstream proxy, says to our SOCKS client. The first byte says which of them it is.
/// </summary>
internal sealed class SocksClientTarget : FuzzTarget
{
    private static readonly IPEndPoint s_target = new(new IPAddress([192, 0, 2, 1]), 443);

    private static readonly Func<SocksClientHandshake>[] s_clients =
    [
        () => SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, PtArguments.Empty),
        () => SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, new([new("cert", "abc"), new("k", ";=\\")])),
        () => SocksClientHandshake.ForTransport(SocksVersion.Socks4, s_target, new([new("k", "v")])),
        () => SocksClientHandshake.ForProxy(new(ProxyScheme.Socks5, s_target, "user", "password"), new DnsEndPoint("example.com", 443)),
        () => SocksClientHandshake.ForProxy(new(ProxyScheme.Socks4a, s_target, null, null), new DnsEndPoint("example.com", 443)),
    ];

    internal override string Name => "socks-client";

    internal override string Invariant =>
        "the same result whatever the cuts, but that a server which speaks ahead is rejected; granted only by a whole grant; "
        + "bounded";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x05\x00", "\x05\x02", "\x05\xff", "\x01\x00", "\x01\x01", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00",
        "\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00",
        "\x05\x00\x00\x04", "\x05\x00\x00\x03\x04host\x00\x50", "\x00\x5a\x00\x00\x00\x00\x00\x00",
        "\x00\x5b\x00\x00\x00\x00\x00\x00", "\x00", "\x01", "\x02", "\x03", "\x04",
    ];

    internal override string Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return "";
        }

        Func<SocksClientHandshake> create = s_clients[input[0] % s_clients.Length];
        byte[] server = input[1..];
        HandshakeResult? first = null;
        SocksReplyCode? reply = null;
        foreach (Func<int> cut in Cuts.Of(server))
        {
            SocksClientHandshake handshake = create();
            HandshakeResult result = HandshakeFeeder.Feed(handshake, server, cut);
            Check.That(
                (result.Step == HandshakeStep.Completed) == (handshake.Reply == SocksReplyCode.Succeeded), "completed exactly when granted");
            reply = first is null ? handshake.Reply : reply;
            first ??= result;
            if (result.Rejection?.Contains("before it was asked", StringComparison.Ordinal) != true)
            {
                Check.Equal(first, result, "the result under another cut");
            }
        }

        return Behaviour.Of(
            $"{input[0] % s_clients.Length}", first!.Step, ReasonOf(first.Rejection),
            reply <= SocksReplyCode.AddressTypeNotSupported ? reply : null, first.Output.Length);
    }

    /// <summary>A reason may name a code, in decimal or in hex.</summary>
    private static string ReasonOf(string? reason) =>
        reason?.Contains("SOCKS4 code", StringComparison.Ordinal) == true ? "SOCKS4 code" : Behaviour.Words(reason);
}
