using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.ExtOrPort;
using Plait.Wire.Handshakes;
using Plait.Wire.Pt;

namespace Plait.Fuzz.Wire;

/// <summary>What a child, or a stranger, says to our Extended ORPort.</summary>
internal sealed class ExtOrPortServerTarget : FuzzTarget
{
    private const int NonceLength = 32;

    private static readonly byte[] s_serverNonce = [.. Enumerable.Range(1, NonceLength).Select(number => (byte)number)];

    internal override string Name => "extorport-server";

    internal override string Invariant =>
        "the same result whatever the cuts, but that bytes which came together with DONE are a breach; no client gets in "
        + "without the cookie; an address is exact or absent";

    internal override int MaxLength => 8192;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        Latin1(Authentication()), "\x01", "\x01" + new string('\0', NonceLength), "\x00\x01\x00\x0f" + "127.0.0.1:43194",
        "\x00\x01\x00\x10" + "203.0.113.9:5678",
        "\x00\x01\x00\x11[2001:db8::7]:443", "\x00\x01\x00\x0e" + "1:2::3:4:5678\x00", "\x00\x01\x00\x09localhost",
        "\x00\x02\x00\x05obfs4", "\x00\x02\x00\x0fobfs4_websocket",
        "\x00\x00\x00\x00", "\x00\x00\x00\x05", "\xff\xff\x01\x00", "\x00\x01", "\x00\x02", "\x01\x2c", "\x01\x2d", "a|b",
        "::ffff:192.0.2.1", ":0", ":65535", "%eth0",
    ];

    internal override string Run(byte[] input)
    {
        HandshakeResult? first = null;
        ExtOrPortServerHandshake? read = null;
        foreach (Func<int> cut in Cuts.Of(input))
        {
            var handshake = new ExtOrPortServerHandshake(ExtOrPortSecrets.Cookie, s_serverNonce);
            HandshakeResult result = HandshakeFeeder.Feed(handshake, input, cut);
            (first, read) = (first ?? result, read ?? handshake);
            bool breach = first is { Step: HandshakeStep.Completed, Left: > 0 }
                && result.Rejection == "the client sent bytes after DONE";
            if (!breach)
            {
                Check.Equal(first, result, "the result under another cut");
                Check.Equal(
                    (read.UserAddress, read.Transport), (handshake.UserAddress, handshake.Transport),
                    "what was read under another cut");
            }
        }

        if (first!.Step == HandshakeStep.Completed)
        {
            CheckCompleted(input, read!);
        }

        return Behaviour.Of(
            first.Step, Behaviour.Words(first.Rejection), first.Output.Length, read!.UserAddress?.AddressFamily,
            read.UserAddress?.Port == 0, read.Transport is null);
    }

    private static void CheckCompleted(byte[] input, ExtOrPortServerHandshake read)
    {
        byte[] proof = ExtOrPortSecrets.Cookie.ClientHash(input.AsSpan(1, NonceLength), s_serverNonce);
        Check.That(
            input[0] == 1 && input.AsSpan(1 + NonceLength, proof.Length).SequenceEqual(proof),
            "no client gets in without the cookie");
        Check.That(read.Transport is null || TransportName.IsValid(read.Transport), "TRANSPORT is a name");
        if (read.UserAddress is { Port: not 0 } address)
        {
            Check.That(
                AddressText.TryParse(AddressText.Format(address), out var again) && again.Equals(address),
                "USERADDR has one written form");
        }
    }

    private static byte[] Authentication()
    {
        byte[] clientNonce = new byte[NonceLength];
        return [1, .. clientNonce, .. ExtOrPortSecrets.Cookie.ClientHash(clientNonce, s_serverNonce)];
    }

    private static string Latin1(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);
}
