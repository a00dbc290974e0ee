namespace Plait.Wire.Socks;

/// <summary>ATYP of RFC 1928 section 5.</summary>
internal static class SocksAddressType
{
    internal const byte IPv4 = 1;
    internal const byte DomainName = 3;
    internal const byte IPv6 = 4;

    /// <summary>Bytes of the address, with the length byte of a host name; -1 for an unknown type.</summary>
    /// <param name="type">ATYP.</param>
    /// <param name="first">The byte after ATYP: the length of a host name.</param>
    internal static int EncodedLength(byte type, byte first) => type switch
    {
        IPv4 => 4,
        IPv6 => 16,
        DomainName => 1 + first,
        _ => -1,
    };
}

/// <summary>METHOD of RFC 1928 section 3, and the sub-negotiation of RFC 1929.</summary>
internal static class SocksMethod
{
    internal const byte None = 0;
    internal const byte UserPassword = 2;
    internal const byte NoneAcceptable = 0xFF;

    internal const byte UserPasswordVersion = 1;
    internal const byte UserPasswordAccepted = 0;
    internal const byte UserPasswordRefused = 1;
}

/// <summary>Other numbers that both sides share.</summary>
internal static class SocksNumbers
{
    internal const byte Connect = 1;

    /// <summary>RFC 1928 gives the length of a host name one byte.</summary>
    internal const int MaxHostLength = 255;
}
