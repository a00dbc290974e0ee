namespace Plait.Wire.Socks;

/// <summary>
/// REP of a SOCKS5 reply (RFC 1928 section 6). arti retries later after 1, 3, 4, 5 and 6, and never after the others (S18).
/// </summary>
public enum SocksReplyCode : byte
{
    /// <summary>The connection is made.</summary>
    Succeeded = 0,

    /// <summary>General failure.</summary>
    GeneralFailure = 1,

    /// <summary>Not allowed by the rules.</summary>
    NotAllowed = 2,

    /// <summary>Network unreachable.</summary>
    NetworkUnreachable = 3,

    /// <summary>Host unreachable.</summary>
    HostUnreachable = 4,

    /// <summary>Connection refused.</summary>
    ConnectionRefused = 5,

    /// <summary>TTL expired; servers also use it for a timeout.</summary>
    TtlExpired = 6,

    /// <summary>Command not supported.</summary>
    CommandNotSupported = 7,

    /// <summary>Address type not supported.</summary>
    AddressTypeNotSupported = 8,
}
