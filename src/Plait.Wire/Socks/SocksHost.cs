using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Plait.Wire.Addresses;

namespace Plait.Wire.Socks;

/// <summary>Host names in requests.</summary>
internal static class SocksHost
{
    /// <summary>Reads the target from a host name and a port. An address that is written as a host name becomes an address.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> name, int port, [NotNullWhen(true)] out EndPoint? target)
    {
        target = null;
        if (!IsSound(name))
        {
            return false;
        }

        string host = Encoding.ASCII.GetString(name);
        target = AddressText.TryParseAddress(host, out IPAddress? address)
            ? new IPEndPoint(address, port)
            : new DnsEndPoint(host, port);
        return true;
    }

    /// <summary>Writes a host name.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long, or holds characters other than printable ASCII.</exception>
    internal static byte[] Encode(string host)
    {
        byte[] name = Encoding.UTF8.GetBytes(host);
        return IsSound(name)
            ? name
            : throw new ArgumentException(
                $"A host name has 1 to {SocksNumbers.MaxHostLength} printable ASCII characters.", nameof(host));
    }

    // Printable, so that a name cannot break a line of HTTP or of a log.
    private static bool IsSound(ReadOnlySpan<byte> name) =>
        name.Length is >= 1 and <= SocksNumbers.MaxHostLength && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
}
