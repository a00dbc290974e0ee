using System.Net;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

/// <summary>SOCKS4 and 4a: one request, one reply.</summary>
/// <param name="target">IPv4, or a host name for SOCKS4a.</param>
/// <param name="user">The user id: a transport's arguments, or the user name of a proxy.</param>
internal sealed class Socks4ClientHandshake(EndPoint target, ReadOnlySpan<byte> user) : SocksClientHandshake
{
    private readonly byte[] _request = SocksClientMessages.Socks4Request(target, user);
    private bool _requested;

    /// <inheritdoc/>
    public override bool IsAnswered => true;

    private protected override bool TryStage(ref HandshakeTurn turn) => _requested ? ReadReply(ref turn) : Request(ref turn);

    private bool Request(ref HandshakeTurn turn)
    {
        _requested = true;
        return Send(ref turn, _request);
    }

    // 00 5A|5B.. port ip4
    private bool ReadReply(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(SocksReply.Socks4Length, out ReadOnlySpan<byte> reply))
        {
            return false;
        }

        if (reply[0] != 0)
        {
            return Reject(ref turn, "the server's reply is malformed");
        }

        if (reply[1] == SocksReply.Socks4Granted)
        {
            return Granted();
        }

        Reply = SocksReplyCode.GeneralFailure;
        return Reject(ref turn, $"the server refused: SOCKS4 code {reply[1]:x2}");
    }
}
