using System.Buffers;
using Plait.Wire.Addresses;

namespace Plait.Wire.Socks;

/// <summary>The final reply of a SOCKS server.</summary>
public static class SocksReply
{
    /// <summary>Bytes of a SOCKS5 reply with an IPv4 address (S16).</summary>
    public const int Socks5Length = 10;

    /// <summary>Bytes of a SOCKS4 reply (S19).</summary>
    public const int Socks4Length = 8;

    internal const byte Socks4Granted = 0x5A;
    internal const byte Socks4Rejected = 0x5B;

    /// <summary>
    /// Writes the reply. Its address is zero, because every client ignores it (S16):
    /// <code>
    /// SOCKS5   05 REP 00 01 00000000 0000        (S16, S17)
    /// SOCKS4   00 5A|5B 0000 00000000            (S19)
    /// </code>
    /// </summary>
    /// <param name="version">The version of the request.</param>
    /// <param name="code">The outcome. SOCKS4 has only granted and rejected.</param>
    /// <param name="output">Receives the bytes.</param>
    public static void Write(SocksVersion version, SocksReplyCode code, IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> reply = version == SocksVersion.Socks5
            ? [5, (byte)code, 0, SocksAddressType.IPv4, 0, 0, 0, 0, 0, 0]
            : [0, code == SocksReplyCode.Succeeded ? Socks4Granted : Socks4Rejected, 0, 0, 0, 0, 0, 0];
        output.Write(reply);
    }
}
