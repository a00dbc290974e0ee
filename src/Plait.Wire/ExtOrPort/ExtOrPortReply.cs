namespace Plait.Wire.ExtOrPort;

/// <summary>The server's final reply. The caller writes it once it knows whether the connection can be served (X13, X19).</summary>
public static class ExtOrPortReply
{
    /// <summary>OKAY: payload follows on the same connection.</summary>
    public static ReadOnlySpan<byte> Okay => [0x10, 0x00, 0x00, 0x00];

    /// <summary>DENY: the client closes. C tor never sends it (X19).</summary>
    public static ReadOnlySpan<byte> Deny => [0x10, 0x01, 0x00, 0x00];
}
