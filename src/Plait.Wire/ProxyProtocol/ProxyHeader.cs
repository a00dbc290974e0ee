using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Plait.Wire.Addresses;

namespace Plait.Wire.ProxyProtocol;

/// <summary>The version of a PROXY header (HAProxy's proxy-protocol.txt).</summary>
public enum ProxyHeaderVersion
{
    /// <summary>A line of text.</summary>
    V1 = 1,

    /// <summary>Binary.</summary>
    V2 = 2,
}

/// <summary>
/// Writes the header of the PROXY protocol (HAProxy's proxy-protocol.txt), by which a service learns the address of a client that comes through
/// a program in between. It is sent before all other bytes.
/// </summary>
public static class ProxyHeader
{
    private const int IPv4Length = 12; // two addresses and two ports
    private const int IPv6Length = 36;
    private const int FixedLength = 16; // signature, version and command, family, length

    // Version 2 and the command: LOCAL, the proxy speaks for itself; PROXY, for a client.
    private const byte Local = 0x20, Proxied = 0x21;

    // Address family and protocol: none; TCP over IPv4; TCP over IPv6.
    private const byte Unspecified = 0x00, OverIPv4 = 0x11, OverIPv6 = 0x21;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>The header for one connection.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="client">
    /// The client's true address. Null if it is not known: then the header has none (UNKNOWN, or LOCAL), and the service takes the connection as
    /// one of the sender.
    /// </param>
    /// <param name="listener">The address that the client connected to. If it is of another family than the client's, zeros stand for it.</param>
    public static byte[] Format(ProxyHeaderVersion version, IPEndPoint? client, IPEndPoint? listener)
    {
        if (client is null)
        {
            return version == ProxyHeaderVersion.V1 ? [.. "PROXY UNKNOWN\r\n"u8] : [.. Signature, Local, Unspecified, 0, 0];
        }

        IPAddress source = AddressText.Normalize(client.Address);
        bool isIPv4 = AddressText.IsIPv4(source);
        IPAddress zero = isIPv4 ? IPAddress.Any : IPAddress.IPv6Any;
        IPAddress destination = listener is not null && AddressText.Normalize(listener.Address) is var known && AddressText.IsIPv4(known) == isIPv4
            ? known : zero;
        int port = listener?.Port ?? 0;
        return version == ProxyHeaderVersion.V1
            ? Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"PROXY {(isIPv4 ? "TCP4" : "TCP6")} {source} {destination} {client.Port} {port}\r\n"))
            : Binary(source, destination, isIPv4, client.Port, port);
    }

    private static byte[] Binary(IPAddress source, IPAddress destination, bool isIPv4, int sourcePort, int destinationPort)
    {
        int length = isIPv4 ? IPv4Length : IPv6Length;
        byte[] header = new byte[FixedLength + length];
        Signature.CopyTo(header);
        header[12] = Proxied;
        header[13] = isIPv4 ? OverIPv4 : OverIPv6;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)length);
        Span<byte> rest = header.AsSpan(FixedLength);
        source.TryWriteBytes(rest, out int size);
        destination.TryWriteBytes(rest[size..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(rest[(2 * size)..], (ushort)sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(rest[((2 * size) + 2)..], (ushort)destinationPort);
        return header;
    }
}
