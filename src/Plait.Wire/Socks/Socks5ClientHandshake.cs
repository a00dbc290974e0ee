using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

/// <summary>SOCKS5: greeting, credentials if the server chooses them, request (RFC 1928, 1929).</summary>
/// <param name="target">An IP address, or a host name for the server to resolve.</param>
/// <param name="credentials">The whole message of RFC 1929; null for no credentials.</param>
/// <param name="mayOmitCredentials">
/// Whether the server may choose no authentication although credentials were offered. A proxy may; a transport would lose its arguments.
/// </param>
internal sealed class Socks5ClientHandshake(EndPoint target, byte[]? credentials, bool mayOmitCredentials) : SocksClientHandshake
{
    private readonly byte[] _request = SocksClientMessages.Request(target);
    private Stage _stage = Stage.Start;

    private enum Stage
    {
        Start,
        Method,
        Credentials,
        Reply,
    }

    /// <inheritdoc/>
    public override bool IsAnswered => _stage is not (Stage.Start or Stage.Method);

    private protected override bool TryStage(ref HandshakeTurn turn) => _stage switch
    {
        Stage.Start => Send(ref turn, SocksClientMessages.Greeting(credentials), Stage.Method),
        Stage.Method => ReadMethod(ref turn),
        Stage.Credentials => ReadCredentialsReply(ref turn),
        Stage.Reply => ReadReply(ref turn),
        _ => false,
    };

    // 05 METHOD
    private bool ReadMethod(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(2, out ReadOnlySpan<byte> choice))
        {
            return false;
        }

        return choice switch
        {
            [not (byte)SocksVersion.Socks5, _] => Reject(ref turn, "the server does not speak SOCKS5"),
            [_, SocksMethod.UserPassword] when credentials is not null => Send(ref turn, credentials, Stage.Credentials),
            [_, SocksMethod.None] when credentials is null || mayOmitCredentials => Send(ref turn, _request, Stage.Reply),
            // S3: tor goes on here, and the arguments are lost without a report.
            [_, SocksMethod.None] => Reject(ref turn, "the transport chose no authentication, which would lose its arguments"),
            [_, SocksMethod.NoneAcceptable] => Reject(ref turn, "the server accepts none of our authentication methods"),
            _ => Reject(ref turn, "the server chose an authentication method that was not offered"),
        };
    }

    // 01 STATUS
    private bool ReadCredentialsReply(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(2, out ReadOnlySpan<byte> reply))
        {
            return false;
        }

        if (reply[0] != SocksMethod.UserPasswordVersion)
        {
            return Reject(ref turn, "the server's answer to the credentials is malformed");
        }

        ArgumentsRefused = reply[1] != SocksMethod.UserPasswordAccepted;
        return ArgumentsRefused
            ? Reject(ref turn, "the server refused the credentials or arguments") // S15
            : Send(ref turn, _request, Stage.Reply);
    }

    // 05 REP 00 ATYP address port. A refusal counts once its code has come: some servers send no more.
    private bool ReadReply(ref HandshakeTurn turn)
    {
        ReadOnlySpan<byte> unread = turn.Unread;
        if (unread.Length >= 1 && unread[0] != (byte)SocksVersion.Socks5)
        {
            return Reject(ref turn, "the server's reply is malformed");
        }

        if (unread.Length >= 2 && unread[1] != (byte)SocksReplyCode.Succeeded)
        {
            Reply = (SocksReplyCode)unread[1];
            return Reject(ref turn, $"the server refused: {SocksClientMessages.Describe(Reply.Value)}");
        }

        if (unread.Length < 5)
        {
            return false;
        }

        int addressLength = SocksAddressType.EncodedLength(unread[3], unread[4]);
        if (addressLength < 0)
        {
            return Reject(ref turn, "the server's reply has an unknown address type");
        }

        return turn.TryTake(4 + addressLength + 2, out _) && Granted();
    }

    private bool Send(ref HandshakeTurn turn, byte[] message, Stage next)
    {
        _stage = turn.Unread.IsEmpty ? next : _stage;
        return Send(ref turn, message);
    }
}
