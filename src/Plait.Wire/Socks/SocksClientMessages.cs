using System.Buffers.Binary;
using System.Net;
using Plait.Wire.Addresses;

namespace Plait.Wire.Socks;

/// <summary>The messages of a SOCKS client.</summary>
internal static class SocksClientMessages
{
    /// <summary>
    /// 05 NMETHODS METHODS. Without credentials user and password is not offered, because goptlib would choose it (S26).
    /// </summary>
    internal static byte[] Greeting(byte[]? credentials) => credentials is null
        ? [(byte)SocksVersion.Socks5, 1, SocksMethod.None]
        : [(byte)SocksVersion.Socks5, 2, SocksMethod.None, SocksMethod.UserPassword];

    /// <summary>01 ULEN user PLEN password</summary>
    /// <exception cref="ArgumentException">The user or the password is empty or longer than 255 bytes.</exception>
    internal static byte[] Credentials(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (user.Length is 0 or > SocksLimits.MaxCredentialLength || password.Length is 0 or > SocksLimits.MaxCredentialLength)
        {
            throw new ArgumentException(
                $"User and password have 1 to {SocksLimits.MaxCredentialLength} bytes each.", nameof(user));
        }

        return [SocksMethod.UserPasswordVersion, (byte)user.Length, .. user, (byte)password.Length, .. password];
    }

    /// <summary>S5: the first 255 bytes go in the user name, the rest in the password. A password of one NUL means that there is no rest.</summary>
    /// <exception cref="ArgumentException">The rest is one NUL, which readers drop.</exception>
    internal static byte[] ArgumentCredentials(ReadOnlySpan<byte> text)
    {
        if (text.Length <= SocksLimits.MaxCredentialLength)
        {
            return Credentials(text, [0]);
        }

        ReadOnlySpan<byte> rest = text[SocksLimits.MaxCredentialLength..];
        return rest is not [0]
            ? Credentials(text[..SocksLimits.MaxCredentialLength], rest)
            : throw new ArgumentException("The arguments end in a NUL, just where SOCKS5 would lose it.", nameof(text));
    }

    /// <summary>05 01 00 ATYP address port</summary>
    /// <exception cref="ArgumentException">The target is neither an IP address nor a host name.</exception>
    internal static byte[] Request(EndPoint target)
    {
        switch (target)
        {
            case IPEndPoint ip:
                byte[] address = AddressText.Normalize(ip.Address).GetAddressBytes();
                byte type = address.Length == 4 ? SocksAddressType.IPv4 : SocksAddressType.IPv6;
                return [(byte)SocksVersion.Socks5, SocksNumbers.Connect, 0, type, .. address, .. Port(ip.Port)];
            case DnsEndPoint dns:
                byte[] name = SocksHost.Encode(dns.Host);
                return
                [
                    (byte)SocksVersion.Socks5, SocksNumbers.Connect, 0, SocksAddressType.DomainName,
                    (byte)name.Length, .. name, .. Port(dns.Port),
                ];
            default:
                throw new ArgumentException($"SOCKS5 has no form for a {target.GetType().Name}.", nameof(target));
        }
    }

    /// <summary>04 01 port ip4 user 00, and for a host name ip4 = 0.0.0.1 and then host 00 (S7, S7b).</summary>
    /// <exception cref="ArgumentException">The target is IPv6 or 0.0.0.x, or the user id holds a NUL or is too long.</exception>
    internal static byte[] Socks4Request(EndPoint target, ReadOnlySpan<byte> user)
    {
        if (user.Contains((byte)0) || user.Length > SocksLimits.MaxArgumentLength)
        {
            throw new ArgumentException(
                $"A SOCKS4 user id has at most {SocksLimits.MaxArgumentLength} bytes, none of them NUL.", nameof(user));
        }

        const byte Version = (byte)SocksVersion.Socks4;
        if (target is DnsEndPoint dns)
        {
            byte[] host = SocksHost.Encode(dns.Host);
            return [Version, SocksNumbers.Connect, .. Port(dns.Port), 0, 0, 0, 1, .. user, 0, .. host, 0];
        }

        byte[]? address = target is IPEndPoint ip ? AddressText.Normalize(ip.Address).GetAddressBytes() : null;
        return address is { Length: 4 } and not [0, 0, 0, not 0]
            ? [Version, SocksNumbers.Connect, .. Port(((IPEndPoint)target).Port), .. address, .. user, 0]
            : throw new ArgumentException("SOCKS4 takes no IPv6 address, nor 0.0.0.x, which marks a host name.", nameof(target));
    }

    /// <summary>A reply code in words (S17).</summary>
    internal static string Describe(SocksReplyCode code) => code switch
    {
        SocksReplyCode.Succeeded => "succeeded",
        SocksReplyCode.GeneralFailure => "general failure",
        SocksReplyCode.NotAllowed => "not allowed",
        SocksReplyCode.NetworkUnreachable => "network unreachable",
        SocksReplyCode.HostUnreachable => "host unreachable",
        SocksReplyCode.ConnectionRefused => "connection refused",
        SocksReplyCode.TtlExpired => "TTL expired",
        SocksReplyCode.CommandNotSupported => "command not supported",
        SocksReplyCode.AddressTypeNotSupported => "address type not supported",
        _ => $"unknown reason {(byte)code}",
    };

    private static byte[] Port(int port)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)port);
        return bytes;
    }
}
