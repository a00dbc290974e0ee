namespace Plait.Wire.Handshakes;

/// <summary>Limits of every handshake.</summary>
public static class HandshakeLimits
{
    /// <summary>
    /// Unconsumed bytes that a caller must be able to hold. The longest messages that are read whole are those of SOCKS, below 800 bytes; HTTP
    /// response heads and long Extended ORPort frames are read piecewise (C25).
    /// </summary>
    public const int BufferSize = 2048;

    /// <summary>
    /// Longest head of an HTTP proxy's response, in bytes. Proxies add headers of several kilobytes (cookies, policies, error
    /// texts); curl takes 300 KiB, Go 10 MB.
    /// </summary>
    public const int HttpHeadSize = 64 * 1024;
}
