using System.Net;
using Plait.Fuzz.Engine;
using Plait.Wire.Handshakes;
using Plait.Wire.ProxyProtocol;

namespace Plait.Fuzz.Wire;

/// <summary>What a tunnel sends before the payload: a PROXY header.</summary>
internal sealed class ProxyHeaderTarget : FuzzTarget
{
    internal override string Name => "proxy-header";

    internal override string Invariant => "the same result whatever the cuts; no address from a header that is rejected; nothing is sent; bounded";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "192.0.2.7 ", "2001:db8::7 ", "::ffff:192.0.2.7 ", "1 ", "65535", "0", "\r\n", "\r", "\n",
        "\x0d\x0a\x0d\x0a\x00\x0d\x0aQUIT\x0a", "\x21\x11\x00\x0c", "\x20\x00\x00\x00", "\x21\x21\x00\x24", "\x21\x31", "\xc0\x00\x02\x07", "\xff\xff",
    ];

    internal override string Run(byte[] input)
    {
        HandshakeResult? first = null;
        IPEndPoint? source = null;
        foreach (Func<int> cut in Cuts.Of(input))
        {
            var handshake = new ProxyHeaderHandshake();
            HandshakeResult result = HandshakeFeeder.Feed(handshake, input, cut);
            Check.That(result.Step == HandshakeStep.Completed || handshake.Source is null || result.Step == HandshakeStep.Continue, "no address from a rejected header");
            Check.Equal("", result.Output, "what is sent");
            Check.Equal(first ?? result, result, "the result under another cut");
            Check.Equal(source ?? handshake.Source, handshake.Source, "the source under another cut");
            (first, source) = (result, handshake.Source);
        }

        return Behaviour.Of(first!.Step, Behaviour.Words(first.Rejection), source?.AddressFamily.ToString() ?? "none");
    }
}
