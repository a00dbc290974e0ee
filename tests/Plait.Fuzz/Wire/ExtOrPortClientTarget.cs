using System.Net;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.ExtOrPort;
using Plait.Wire.Handshakes;

namespace Plait.Fuzz.Wire;

/// <summary>What a server in the place of tor's Extended ORPort sends to us.</summary>
internal sealed class ExtOrPortClientTarget : FuzzTarget
{
    private const int NonceLength = 32;

    private static readonly byte[] s_clientNonce = new byte[NonceLength];

    internal override string Name => "extorport-client";

    internal override string Invariant =>
        "the same result whatever the cuts; no client address is told to a server that does not know the cookie; completed "
        + "only by OKAY";

    internal override int MaxLength => 8192;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x01\x00", "\x02\x01\x00", "\x02\x00", "\x00",
        Latin1([.. ExtOrPortSecrets.Cookie.ServerHash(s_clientNonce, new byte[NonceLength]), .. new byte[NonceLength]]),
        "\x01", "\x10\x00\x00\x00", "\x10\x01\x00\x00", "\x10\x00\x00\x04", "\x10\x02\x00\x10", "\xff\xff\xff\xff",
        "\x01\x00\x01\x00", "\x07\x07\x07\x07\x07\x07\x07",
    ];

    internal override string Run(byte[] input)
    {
        HandshakeResult? first = null;
        bool denied = false;
        foreach (Func<int> cut in Cuts.Of(input))
        {
            var handshake = new ExtOrPortClientHandshake(
                ExtOrPortSecrets.Cookie, s_clientNonce, new(new IPAddress([203, 0, 113, 9]), 5678), "obfs4");
            HandshakeResult result = HandshakeFeeder.Feed(handshake, input, cut);
            Check.Equal(first ?? result, result, "the result under another cut");
            Check.That(!handshake.Denied || result.Step == HandshakeStep.Rejected, "denied is rejected");
            (first, denied) = (result, handshake.Denied);
        }

        bool told = first!.Output.Contains(Convert.ToHexStringLower("203.0.113.9:5678"u8), StringComparison.Ordinal);
        if (told)
        {
            int hashAt = Array.IndexOf(input, (byte)0) + 1;
            byte[] proof = ExtOrPortSecrets.Cookie.ServerHash(s_clientNonce, input.AsSpan(hashAt + NonceLength, NonceLength));
            Check.That(
                input.AsSpan(hashAt, proof.Length).SequenceEqual(proof), "no address is told to a server without the cookie");
        }

        Check.That(first.Step != HandshakeStep.Completed || told, "nothing is complete before the commands are sent");
        return Behaviour.Of(first.Step, Behaviour.Words(first.Rejection), denied, first.Output.Length, first.Left);
    }

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
