using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Plait.Wire.Addresses;

/// <summary>
/// Addresses as the PT protocols write them: <c>a.b.c.d:port</c> and <c>[v6]:port</c>, literals only (V13).
/// The framework's parser accepts many other forms (C32).
/// </summary>
public static class AddressText
{
    /// <summary>The longest IPv6 text, <c>ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255</c>.</summary>
    private const int MaxIPv6Length = 45;

    /// <summary>Reads <c>a.b.c.d:port</c> or <c>[v6]:port</c>; rejects host names, zone ids and blanks.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="endPoint">Port 0 to 65535, written in decimal without leading zeros. The caller decides whether 0 is allowed.</param>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !TryParsePort(text[(colon + 1)..], out int port))
        {
            return false;
        }

        ReadOnlySpan<char> host = text[..colon];
        bool parsed = IsBracketed(host) ? TryParseIPv6(host[1..^1], out IPAddress? address) : TryParseIPv4(host, out address);
        endPoint = parsed ? new(address!, port) : null;
        return parsed;
    }

    /// <summary>
    /// As <see cref="TryParse"/>, and also IPv6 without brackets: the port then follows the last colon, as in goptlib (E28).
    /// </summary>
    /// <param name="text">The whole text.</param>
    /// <param name="endPoint">Port 0 to 65535.</param>
    public static bool TryParseLenient(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        if (TryParse(text, out endPoint))
        {
            return true;
        }

        int colon = text.LastIndexOf(':');
        if (colon < 0 || !TryParsePort(text[(colon + 1)..], out int port) || !TryParseIPv6(text[..colon], out IPAddress? address))
        {
            return false;
        }

        endPoint = new(address, port);
        return true;
    }

    /// <summary>Reads a bare IPv4 address, or an IPv6 address with or without brackets.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="address">The address, without a zone.</param>
    public static bool TryParseAddress(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address) =>
        TryParseIPv4(text, out address) || TryParseIPv6(IsBracketed(text) ? text[1..^1] : text, out address);

    /// <summary>
    /// Writes an address in the form that every reader accepts: IPv4-mapped as IPv4, IPv6 in brackets and without a zone (X21).
    /// </summary>
    public static string Format(IPEndPoint endPoint)
    {
        IPAddress address = Normalize(endPoint.Address);
        return string.Create(
            CultureInfo.InvariantCulture, $"{(IsIPv4(address) ? address.ToString() : $"[{address}]")}:{endPoint.Port}");
    }

    /// <summary>Writes an <see cref="IPEndPoint"/> as above, and a <see cref="DnsEndPoint"/> as <c>host:port</c>.</summary>
    /// <exception cref="ArgumentException">Another kind of end point.</exception>
    public static string Format(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint ip => Format(ip),
        DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
        _ => throw new ArgumentException($"No written form for a {endPoint.GetType().Name}.", nameof(endPoint)),
    };

    /// <summary>The address without IPv4 mapping and without a zone.</summary>
    internal static IPAddress Normalize(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        return IsIPv4(address) || address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());
    }

    // AddressFamily is in System.Net.Sockets, which Plait.Wire may not use.
    internal static bool IsIPv4(IPAddress address) => address.TryWriteBytes(stackalloc byte[4], out _);

    private static bool IsBracketed(ReadOnlySpan<char> text) => text is ['[', .., ']'];

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        TryParseDecimal(text, 5, IPEndPoint.MaxPort, out port);

    // Digits only and no leading zero. The framework's number parser also accepts NULs at the end.
    private static bool TryParseDecimal(ReadOnlySpan<char> text, int maxDigits, int max, out int number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > maxDigits || text.ContainsAnyExceptInRange('0', '9') || text is ['0', _, ..])
        {
            return false;
        }

        foreach (char digit in text)
        {
            number = (number * 10) + (digit - '0');
        }

        return number <= max;
    }

    private static bool TryParseIPv4(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        Span<byte> octets = stackalloc byte[4];
        int count = 0;
        foreach (Range part in text.Split('.'))
        {
            if (count == 4 || !TryParseDecimal(text[part], 3, byte.MaxValue, out int octet))
            {
                return false;
            }

            octets[count++] = (byte)octet;
        }

        address = count == 4 ? new IPAddress(octets) : null;
        return count == 4;
    }

    private static bool HasOnlyIPv6Characters(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (!char.IsAsciiHexDigit(character) && character is not (':' or '.'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParseIPv6(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.Length > MaxIPv6Length || !text.Contains(':') || !HasOnlyIPv6Characters(text))
        {
            return false;
        }

        // The framework reads an IPv4 tail as liberally as a whole IPv4 address (C32).
        bool tailIsSound = !text.Contains('.') || TryParseIPv4(text[(text.LastIndexOf(':') + 1)..], out _);
        return tailIsSound && IPAddress.TryParse(text, out address);
    }
}
