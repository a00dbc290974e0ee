using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Plait.Wire.Handshakes;
using Plait.Wire.Pt;

namespace Plait.Wire.ExtOrPort;

/// <summary>
/// The server's side of the Extended ORPort, towards our children. It accepts and rejects what tor does (C14), except that an unreadable
/// USERADDR counts as absent.
/// </summary>
/// <remarks>
/// <code>
/// >  01 00                        auth types (X2)
/// &lt;  01  ClientNonce(32)          (X3, X4)
/// >  ServerHash(32) ServerNonce(32)   (X5)
/// &lt;  ClientHash(32)               (X9)
/// >  01 | 00                      (X9)
/// &lt;  USERADDR? TRANSPORT? DONE    in any order and number, the last of each counts (X12 to X18)
/// </code>
/// Completes after DONE: the caller then writes <see cref="ExtOrPortReply"/>. A byte after DONE breaks the protocol (X16); it is not payload.
/// </remarks>
/// <param name="cookie">The cookie that the children were given.</param>
/// <param name="serverNonce">32 random bytes, new for each connection.</param>
/// <exception cref="ArgumentException">The nonce does not have 32 bytes.</exception>
public sealed class ExtOrPortServerHandshake(AuthCookie cookie, ReadOnlyMemory<byte> serverNonce) : StagedHandshake
{
    /// <summary>Longest body of USERADDR and TRANSPORT, in bytes: far above any address and any usual name (C25).</summary>
    internal const int MaxBodyLength = 300;

    private readonly ReadOnlyMemory<byte> _serverNonce = AuthCookie.CheckNonce(serverNonce);
    private byte[] _expectedHash = [];
    private Stage _stage = Stage.Start;
    private int _toSkip;
    private bool _doneSeen;

    private enum Stage
    {
        Start,
        AuthType,
        ClientNonce,
        ClientHash,
        Commands,
    }

    /// <summary>
    /// The client's address from USERADDR: IPv4-mapped addresses as IPv4, port 0 if none was sent. Null if USERADDR was not sent, is
    /// unreadable, or has two meanings.
    /// </summary>
    public IPEndPoint? UserAddress { get; private set; }

    /// <summary>The transport's name from TRANSPORT, or null if it was not sent.</summary>
    public string? Transport { get; private set; }

    private protected override bool TryStage(ref HandshakeTurn turn) => _stage switch
    {
        Stage.Start => Start(ref turn),
        Stage.AuthType => ReadAuthType(ref turn),
        Stage.ClientNonce => ReadClientNonce(ref turn),
        Stage.ClientHash => ReadClientHash(ref turn),
        Stage.Commands => ReadCommand(ref turn),
        _ => false,
    };

    private bool Start(ref HandshakeTurn turn)
    {
        turn.Write(ExtOrPortNumbers.SafeCookie, ExtOrPortNumbers.EndOfAuthTypes);
        return Next(Stage.AuthType);
    }

    private bool ReadAuthType(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(1, out ReadOnlySpan<byte> type))
        {
            return false;
        }

        return type[0] == ExtOrPortNumbers.SafeCookie
            ? Next(Stage.ClientNonce)
            : Reject(ref turn, "the client chose an authentication type that was not offered"); // X3: without a reply
    }

    private bool ReadClientNonce(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(AuthCookie.SecretLength, out ReadOnlySpan<byte> clientNonce))
        {
            return false;
        }

        _expectedHash = cookie.ClientHash(clientNonce, _serverNonce.Span);
        turn.Write(cookie.ServerHash(clientNonce, _serverNonce.Span));
        turn.Write(_serverNonce.Span);
        return Next(Stage.ClientHash);
    }

    private bool ReadClientHash(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(AuthCookie.SecretLength, out ReadOnlySpan<byte> hash))
        {
            return false;
        }

        if (!CryptographicOperations.FixedTimeEquals(hash, _expectedHash))
        {
            turn.Write(ExtOrPortNumbers.AuthFailed);
            return Reject(ref turn, "the client does not know the cookie");
        }

        turn.Write(ExtOrPortNumbers.AuthSucceeded);
        return Next(Stage.Commands);
    }

    private bool ReadCommand(ref HandshakeTurn turn)
    {
        _toSkip = turn.Skip(_toSkip);
        if (_toSkip > 0)
        {
            return false;
        }

        if (_doneSeen)
        {
            return turn.Unread.IsEmpty ? Complete() : Reject(ref turn, "the client sent bytes after DONE"); // X16
        }

        if (turn.Unread.Length < ExtOrPortNumbers.FrameHeadLength)
        {
            return false;
        }

        (ushort command, int length) = ExtOrPortNumbers.ReadHead(turn.Unread);
        if (command is ExtOrPortNumbers.UserAddress or ExtOrPortNumbers.Transport)
        {
            return ReadKnownCommand(ref turn, command, length);
        }

        // The body of DONE has no meaning (X17), and unknown commands are ignored (X14).
        turn.Skip(ExtOrPortNumbers.FrameHeadLength);
        _toSkip = length;
        _doneSeen = command == ExtOrPortNumbers.Done;
        return true;
    }

    private bool ReadKnownCommand(ref HandshakeTurn turn, ushort command, int length)
    {
        if (length > MaxBodyLength)
        {
            return Reject(ref turn, $"a command has more than {MaxBodyLength} bytes");
        }

        if (!turn.TryTake(ExtOrPortNumbers.FrameHeadLength + length, out ReadOnlySpan<byte> frame))
        {
            return false;
        }

        ReadOnlySpan<byte> body = frame[ExtOrPortNumbers.FrameHeadLength..];
        if (command == ExtOrPortNumbers.UserAddress)
        {
            // tor closes if it cannot read the address (X18). Here the address is exact or absent: a web server in front of a transport may
            // report something else, of which webtunnel makes ":60000" (R3), and the client is not at fault.
            _ = UserAddressText.TryRead(body, out IPEndPoint? address);
            UserAddress = address;
            return true;
        }

        Transport = Encoding.UTF8.GetString(body);
        return TransportName.IsValid(Transport) || Reject(ref turn, "TRANSPORT is not a C identifier"); // X22
    }

    private bool Next(Stage stage)
    {
        _stage = stage;
        return true;
    }
}
