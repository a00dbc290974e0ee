using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Connections;

/// <summary>Addresses as the rest of Plait knows them.</summary>
internal static class EndPoints
{
    /// <summary>
    /// An IPv4 client of a listener that takes both families as what it is: the system reports it as <c>::ffff:192.0.2.1</c>
    /// (RFC 4291 section 2.5.5.2), Go as <c>192.0.2.1</c>.
    /// </summary>
    internal static IPEndPoint Unmapped(this IPEndPoint address) =>
        address.Address.IsIPv4MappedToIPv6 ? new(address.Address.MapToIPv4(), address.Port) : address;

    /// <summary>Whether it stands for all addresses of this machine, of either family.</summary>
    internal static bool IsAny(this IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>The other end of a connected socket on Linux; null if it has none, or no address of the network (unix(7)).</summary>
    internal static IPEndPoint? PeerOf(SafeHandle socket)
    {
        Span<byte> address = stackalloc byte[Libc.LongestAddress];
        int length = address.Length;
        return Libc.GetPeerName(socket, address, ref length) == 0 && length <= address.Length ? Read(address[..length]) : null;
    }

    /// <summary>A socket's own end on Linux; null if it has none.</summary>
    internal static IPEndPoint? OwnOf(SafeHandle socket)
    {
        Span<byte> address = stackalloc byte[Libc.LongestAddress];
        int length = address.Length;
        return Libc.GetOwnName(socket, address, ref length) == 0 && length <= address.Length ? Read(address[..length]) : null;
    }

    private static ushort Family(ReadOnlySpan<byte> address) => BitConverter.ToUInt16(address);

    /// <summary>
    /// struct sockaddr_in (ip(7)): family, port (big endian), address. sockaddr_in6 (ipv6(7)): family, port, flow, address, scope.
    /// </summary>
    private static IPEndPoint? Read(ReadOnlySpan<byte> address) => address switch
    {
        { Length: >= 8 } when Family(address) == Libc.IPv4Family => new(new IPAddress(address[4..8]), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
        { Length: >= 24 } when Family(address) == Libc.IPv6Family => new(new IPAddress(address[8..24]), BinaryPrimitives.ReadUInt16BigEndian(address[2..])),
        _ => null,
    };
}
