using System.Net;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Wire;

/// <summary>What an HTTP proxy answers to our CONNECT.</summary>
internal sealed class HttpConnectTarget : FuzzTarget
{
    private static readonly UpstreamProxy s_proxy = new(ProxyScheme.Http, new(IPAddress.Loopback, 8080), "user", "password");

    internal override string Name => "http-connect";

    internal override string Invariant =>
        "the same result whatever the cuts; completed exactly at the first empty line after a status 2xx; at most 64 KiB "
        + "are taken, and none held";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "HTTP/1.1 200 OK", "HTTP/1.0 200", "HTTP/1.1 407 ", "HTTP/1.1 ", "HTTP/2 200", "\r\n", "\r\n\r\n", "\n", "\n\n", "\r",
        "200", "299", "1", "Via: x\r\n", " ", "\x00"
    ];

    internal override string Run(byte[] input)
    {
        HandshakeResult? first = null;
        int? status = null;
        foreach (Func<int> cut in Cuts.Of(input))
        {
            var handshake = new HttpConnectHandshake(s_proxy, new DnsEndPoint("example.com", 443));
            HandshakeResult result = HandshakeFeeder.Feed(handshake, input, cut);
            Check.Equal(first ?? result, result, "the result under another cut");
            (first, status) = (result, handshake.Status);
        }

        int end = EndOfHead(input);
        bool success = end is > 0 and <= HandshakeLimits.HttpHeadSize && status is >= 200 and < 300;
        Check.Equal(success, first!.Step == HandshakeStep.Completed, "completed exactly with a whole head and a status 2xx");
        Check.That(!success || first.Left == input.Length - end, "what is after the head is left alone");
        Check.That(
            status is null || Encoding.ASCII.GetString(input).StartsWith("HTTP/1.", StringComparison.Ordinal),
            "only HTTP has a status");
        return Behaviour.Of(first.Step, Behaviour.Words(first.Rejection), status is { } code ? code / 100 : "", first.Left);
    }

    /// <summary>Where the first empty line ends, or -1.</summary>
    private static int EndOfHead(byte[] input)
    {
        for (int at = 0; at < input.Length; at++)
        {
            bool begins = at == 0 || input[at - 1] == '\n';
            if (begins && input[at] == '\n')
            {
                return at + 1;
            }

            if (begins && input[at] == '\r' && at + 1 < input.Length && input[at + 1] == '\n')
            {
                return at + 2;
            }
        }

        return -1;
    }
}
