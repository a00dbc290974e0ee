using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Plait.Wire.Addresses;

namespace Plait.Wire.Socks;

/// <summary>Host names as they stand in requests.</summary>
internal static class SocksHost
{
    /// <summary>The target that a host name and a port mean. An address in the guise of a name is an address.</summary>
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

    /// <summary>The bytes of a host name to ask for.</summary>
    /// <exception cref="ArgumentException">It is too long, or could be taken for more than a name.</exception>
    internal static byte[] Encode(string host)
    {
        byte[] name = Encoding.UTF8.GetBytes(host);
        return IsSound(name)
            ? name
            : throw new ArgumentException(
                $"A host name has 1 to {SocksNumbers.MaxHostLength} printable ASCII characters.", nameof(host));
    }

    // Printable, so that no line of HTTP or of a log can be broken with it.
    private static bool IsSound(ReadOnlySpan<byte> name) =>
        name.Length is >= 1 and <= SocksNumbers.MaxHostLength && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
}
