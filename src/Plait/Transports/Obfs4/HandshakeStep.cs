namespace Plait.Transports.Obfs4;

/// <summary>How far the message of the peer has been read.</summary>
internal enum HandshakeStep
{
    /// <summary>More bytes are needed.</summary>
    NeedsMore,

    /// <summary>The message is good.</summary>
    Done,

    /// <summary>No mark in as many bytes as a message may have: the peer knows another bridge, or speaks another protocol.</summary>
    NoMark,

    /// <summary>The mark is good and the MAC is not: the message was made for another hour, or changed on its way.</summary>
    WrongMac,

    /// <summary>The message was seen before.</summary>
    Replayed,

    /// <summary>A shared secret is zero, or the proof that the peer has its private key is wrong.</summary>
    WrongProof,
}

/// <summary>Sizes of the messages, as obfs4proxy has them; the specification differs in some (O4-9).</summary>
internal static class HandshakeSizes
{
    /// <summary>Longest message of either side.</summary>
    internal const int Longest = 8192;

    internal const int MinClientPadding = 77;
    internal const int MaxClientPadding = 8128;
    internal const int MaxServerPadding = 8051;

    /// <summary>Mark and MAC, at the end of either message.</summary>
    internal const int Tail = 2 * HandshakeMac.Size;

    internal const int ShortestRequest = Elligator.Size + MinClientPadding + Tail;

    /// <summary>Representative and AUTH, before the padding of a response.</summary>
    internal const int ResponseHead = Elligator.Size + Ntor.AuthSize;

    /// <summary>Draws the length of the padding of a request: even over its range (O4-12).</summary>
    internal static int ClientPadding<TSource>(ref TSource source)
        where TSource : struct, IInt63 => MinClientPadding + GoRandom.Below(ref source, MaxClientPadding - MinClientPadding + 1);

    /// <summary>Draws the length of the padding of a response.</summary>
    internal static int ServerPadding<TSource>(ref TSource source)
        where TSource : struct, IInt63 => GoRandom.Below(ref source, MaxServerPadding + 1);
}
