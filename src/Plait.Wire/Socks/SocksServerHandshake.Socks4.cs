using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

// SOCKS4 and 4a: one message with NULs after the user id and the host.
public sealed partial class SocksServerHandshake
{
    // 04 CMD port ip4 userid 00 [host 00]
    private bool ReadSocks4Request(ref HandshakeTurn turn)
    {
        const int HeaderLength = 8;
        if (turn.Unread.Length <= HeaderLength)
        {
            return false;
        }

        ReadOnlySpan<byte> header = turn.Unread[..HeaderLength];
        ReadOnlySpan<byte> rest = turn.Unread[HeaderLength..];
        int userLength = rest.IndexOf((byte)0);
        if (userLength > SocksLimits.MaxArgumentLength || (userLength < 0 && rest.Length > SocksLimits.MaxArgumentLength))
        {
            return RefuseSocks4(ref turn, "the user id is too long");
        }

        bool named = header[4..7].IndexOfAnyExcept((byte)0) < 0 && header[7] != 0; // S7b: 0.0.0.x
        ReadOnlySpan<byte> host = named && userLength >= 0 ? rest[(userLength + 1)..] : default;
        int hostLength = host.IndexOf((byte)0);
        if (hostLength > SocksNumbers.MaxHostLength || (hostLength < 0 && host.Length > SocksNumbers.MaxHostLength))
        {
            return RefuseSocks4(ref turn, "the host name is too long");
        }

        if (userLength < 0 || (named && hostLength < 0))
        {
            return false;
        }

        turn.Skip(HeaderLength + userLength + 1 + (named ? hostLength + 1 : 0));
        return JudgeSocks4Request(ref turn, header, rest[..userLength], named, named ? host[..hostLength] : default);
    }

    private bool JudgeSocks4Request(
        ref HandshakeTurn turn, ReadOnlySpan<byte> header, ReadOnlySpan<byte> user, bool named, ReadOnlySpan<byte> host)
    {
        if (header[1] != SocksNumbers.Connect)
        {
            return RefuseSocks4(ref turn, "the command is not CONNECT");
        }

        if (ReadArguments(user) is { } fault)
        {
            return RefuseSocks4(ref turn, fault);
        }

        int port = (header[2] << 8) | header[3];
        if (!named)
        {
            return Complete(SocksVersion.Socks4, new IPEndPoint(new IPAddress(header[4..]), port));
        }

        return SocksHost.TryRead(host, port, out EndPoint? target)
            ? Complete(SocksVersion.Socks4, target)
            : RefuseSocks4(ref turn, "the host name is empty or not printable ASCII");
    }

    private bool RefuseSocks4(ref HandshakeTurn turn, string why) =>
        Reject(ref turn, why, 0, SocksReply.Socks4Rejected, 0, 0, 0, 0, 0, 0);
}
