namespace Plait.Wire.Handshakes;

/// <summary>What every handshake here keeps to.</summary>
public static class HandshakeLimits
{
    /// <summary>
    /// Bytes that a caller must be able to hold unconsumed. The longest messages taken whole are those of SOCKS, below 800 bytes;
    /// HTTP response heads and long Extended ORPort frames are taken piecewise (C25).
    /// </summary>
    public const int BufferSize = 2048;

    /// <summary>
    /// Bytes that the head of an HTTP proxy's response may have. Proxies add headers of several kilobytes (cookies, policies, error
    /// texts); curl takes 300 KiB, Go 10 MB.
    /// </summary>
    public const int HttpHeadSize = 64 * 1024;
}
