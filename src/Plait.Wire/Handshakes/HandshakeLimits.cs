namespace Plait.Wire.Handshakes;

/// <summary>What every handshake here keeps to.</summary>
public static class HandshakeLimits
{
    /// <summary>
    /// Bytes that a caller must be able to hold unconsumed. The longest message taken whole is an HTTP response head, cut
    /// off at this; SOCKS stays below 800 bytes, and long Extended ORPort frames are skipped piecewise (C25).
    /// </summary>
    public const int BufferSize = 2048;
}
