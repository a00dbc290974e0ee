namespace Plait.Wire.ExtOrPort;

/// <summary>The last word of the server, which the caller writes once it knows (X13, X19).</summary>
public static class ExtOrPortReply
{
    /// <summary>OKAY: payload follows on the same connection.</summary>
    public static ReadOnlySpan<byte> Okay => [0x10, 0x00, 0x00, 0x00];

    /// <summary>DENY: the client closes. C tor never sends it (X19).</summary>
    public static ReadOnlySpan<byte> Deny => [0x10, 0x01, 0x00, 0x00];
}
