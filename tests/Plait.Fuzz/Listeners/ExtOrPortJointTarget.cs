using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.ExtOrPort;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// The Extended ORPort joint behind a bridge's child. The attacker is a stranger, or the child itself: the tokens know the
/// cookie, and the address of a client's connection that the child received.
/// </summary>
internal sealed class ExtOrPortJointTarget() : ServerSideTarget(extOrPort: true)
{
    private const string Nonce = "nonce";
    private const string Proof = "proof";
    private const string Client = "client";
    private const string Past = "past";
    private const string Transport = "transport";
    private const string Done = "done";

    private const int SecretLength = 32;

    internal override string Name => "listen-extorport";

    internal override string Invariant =>
        "no connection gets to tor without the cookie; tor is told a client's true address or none; then a good connection works "
        + "and nothing is left";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x01", "\x00\x01\x00\x0f" + "127.0.0.1:43194", "\x00\x01\x00\x0d" + "127.64.0.1:80", "\x00\x01\x00\x05[::1]",
        "\x00\x02\x00\x04sham", "\x00\x02\x00\x05other", "\x00\x00\x00\x00", "\xff\xff\x00\x02ab"
    ];

    protected override IReadOnlyList<string> TokenNames { get; } = [Nonce, Proof, Client, Past, Transport, Done];

    protected override async Task<string> AttackAsync(IReadOnlyList<AttackStep> steps)
    {
        Side.Told.Clear();
        List<Socket> clients = [];
        HashSet<IPEndPoint> addresses = [];
        AuthCookie cookie = Side.Cookie;
        using var attack = new Attack
        {
            OpenAsync = async () => await Sockets.ConnectAsync(Side.Joint),
            Owed = connection => Answer.Of(Server(cookie, connection), connection.Sent).Owed,
            TokenAsync = TokenAsync,
        };
        try
        {
            await attack.PlayAsync(steps);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            Side.LetGo();
        }

        List<string> happened = [.. attack.Connections.Select(connection => Answer.Of(Server(cookie, connection), connection.Sent)
            .Compare(connection, ExtOrPortReply.Okay.ToArray(), ExtOrPortReply.Deny.ToArray()))];
        Check.That(Side.Told.All(addresses.Contains), "tor is told a client's true address or none");
        return Behaviour.Of([.. happened.Distinct().Order(), happened.Count, clients.Count, Side.Told.Count]);

        async Task<byte[]> TokenAsync(string name, AttackerConnection connection)
        {
            switch (name)
            {
                case Nonce:
                    return [1, .. new byte[SecretLength]];
                case Proof:
                    await connection.ReceiveAsync(Answer.Of(Server(cookie, connection), connection.Sent).Owed);
                    return cookie.ClientHash(SecretAt(connection.Sent, 1), ServerNonce(connection));
                case Client:
                    (Socket client, IPEndPoint seen) = await Side.ConnectHeldAsync();
                    clients.Add(client);
                    addresses.Add((IPEndPoint)client.LocalEndPoint!);
                    return Frame(1, AddressText.Format(seen));
                case Past:
                    (Socket left, IPEndPoint past) = await Side.ConnectHeldAsync();
                    addresses.Add((IPEndPoint)left.LocalEndPoint!); // its end may not have come through yet
                    left.Dispose();
                    return Frame(1, AddressText.Format(past));
                case Transport:
                    return Frame(2, ShamChild.Transport);
                default:
                    return Frame(0, "");
            }
        }
    }

    private static byte[] Frame(byte command, string body) =>
        [0, command, 0, (byte)body.Length, .. Encoding.ASCII.GetBytes(body)];

    /// <summary>
    /// The same handshake, with the nonce that the listener has told; before that its lengths are the same with any.
    /// </summary>
    private static ExtOrPortServerHandshake Server(AuthCookie cookie, AttackerConnection connection) =>
        new(cookie, ServerNonce(connection));

    // 01 00 ServerHash ServerNonce
    private static byte[] ServerNonce(AttackerConnection connection) => SecretAt(connection.Received, 2 + SecretLength);

    /// <summary>A nonce, or zeros if it is not there yet.</summary>
    private static byte[] SecretAt(byte[] bytes, int at) =>
        bytes.Length >= at + SecretLength ? bytes[at..(at + SecretLength)] : new byte[SecretLength];
}
