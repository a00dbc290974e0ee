using System.Buffers;
using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

/// <summary>
/// The server's side of SOCKS 4, 4a and 5, up to the request. The caller writes the final <see cref="SocksReply"/> when it knows the outcome
/// of the connection.
/// </summary>
/// <remarks>
/// <code>
/// first byte 05   greeting -> [user and password] -> request     (RFC 1928, 1929)
/// first byte 04   request                                        (S7, S7b)
/// </code>
/// A message is answered when it is complete, not earlier (S21). Several messages that arrive at once are answered in order, although goptlib
/// rejects them (S23). Bytes after the request stay unconsumed. A rejected message is read whole before the reply: closing a socket with unread
/// bytes resets the connection, and the reply would be lost.
/// </remarks>
/// <param name="policy">The meaning of the credentials.</param>
public sealed partial class SocksServerHandshake(SocksCredentialPolicy policy) : StagedHandshake
{
    private Stage _stage = Stage.Version;
    private PtArguments _arguments = PtArguments.Empty;

    private enum Stage
    {
        Version,
        Greeting,
        UserPassword,
        Request,
        Socks4Request,
    }

    /// <summary>The request; null until the handshake has completed.</summary>
    public SocksRequest? Request { get; private set; }

    private protected override bool TryStage(ref HandshakeTurn turn) => _stage switch
    {
        Stage.Version => ReadVersion(ref turn),
        Stage.Greeting => ReadGreeting(ref turn),
        Stage.UserPassword => ReadUserPassword(ref turn),
        Stage.Request => ReadRequest(ref turn),
        Stage.Socks4Request => ReadSocks4Request(ref turn),
        _ => false,
    };

    private bool ReadVersion(ref HandshakeTurn turn)
    {
        if (turn.Unread.IsEmpty)
        {
            return false;
        }

        bool socks4 = turn.Unread[0] == (byte)SocksVersion.Socks4;
        if (!socks4 && turn.Unread[0] != (byte)SocksVersion.Socks5)
        {
            return Reject(ref turn, "the client does not speak SOCKS"); // S29: without a reply
        }

        if (socks4 && policy is SocksCredentialPolicy.Password)
        {
            return Reject(ref turn, "the client speaks SOCKS4, which has no password");
        }

        _stage = socks4 ? Stage.Socks4Request : Stage.Greeting;
        return true;
    }

    // 05 NMETHODS METHODS -> 05 METHOD
    private bool ReadGreeting(ref HandshakeTurn turn)
    {
        if (turn.Unread.Length < 2 || !turn.TryTake(2 + turn.Unread[1], out ReadOnlySpan<byte> greeting))
        {
            return false;
        }

        ReadOnlySpan<byte> methods = greeting[2..];
        if (methods.Contains(SocksMethod.UserPassword))
        {
            turn.Write((byte)SocksVersion.Socks5, SocksMethod.UserPassword);
            _stage = Stage.UserPassword;
            return true;
        }

        if (policy is SocksCredentialPolicy.TransportArguments && methods.Contains(SocksMethod.None))
        {
            turn.Write((byte)SocksVersion.Socks5, SocksMethod.None);
            _stage = Stage.Request;
            return true;
        }

        return Reject(
            ref turn, "the client offers no usable authentication method", (byte)SocksVersion.Socks5, SocksMethod.NoneAcceptable);
    }

    // 05 CMD 00 ATYP address port
    private bool ReadRequest(ref HandshakeTurn turn)
    {
        ReadOnlySpan<byte> unread = turn.Unread;
        if (unread.Length < 5)
        {
            return false;
        }

        int addressLength = SocksAddressType.EncodedLength(unread[3], unread[4]);
        if (addressLength < 0)
        {
            return Refuse(ref turn, SocksReplyCode.AddressTypeNotSupported, "the address type is unknown");
        }

        if (!turn.TryTake(4 + addressLength + 2, out ReadOnlySpan<byte> request))
        {
            return false;
        }

        return JudgeRequest(ref turn, request);
    }

    private bool JudgeRequest(ref HandshakeTurn turn, ReadOnlySpan<byte> request)
    {
        if (request[0] != (byte)SocksVersion.Socks5 || request[2] != 0)
        {
            return Refuse(ref turn, SocksReplyCode.GeneralFailure, "the request is malformed");
        }

        if (request[1] != SocksNumbers.Connect)
        {
            return Refuse(ref turn, SocksReplyCode.CommandNotSupported, "the command is not CONNECT");
        }

        int port = (request[^2] << 8) | request[^1];
        ReadOnlySpan<byte> address = request[4..^2];
        EndPoint? target;
        if (request[3] != SocksAddressType.DomainName)
        {
            target = new IPEndPoint(new IPAddress(address), port);
        }
        else if (!SocksHost.TryRead(address[1..], port, out target))
        {
            return Refuse(ref turn, SocksReplyCode.GeneralFailure, "the host name is empty or not printable ASCII");
        }

        return Complete(SocksVersion.Socks5, target);
    }

    private bool Complete(SocksVersion version, EndPoint target)
    {
        Request = new(version, target, _arguments);
        return Complete();
    }

    private bool Refuse(ref HandshakeTurn turn, SocksReplyCode code, string why) =>
        Reject(ref turn, why, (byte)SocksVersion.Socks5, (byte)code, 0, SocksAddressType.IPv4, 0, 0, 0, 0, 0, 0);
}
