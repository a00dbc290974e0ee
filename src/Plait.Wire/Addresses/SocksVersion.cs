namespace Plait.Wire.Addresses;

/// <summary>The SOCKS protocols of CMETHOD lines. The numbers are those on the wire.</summary>
public enum SocksVersion
{
    /// <summary>SOCKS4; as a server, SOCKS4a too.</summary>
    Socks4 = 4,

    /// <summary>SOCKS5.</summary>
    Socks5 = 5,
}
