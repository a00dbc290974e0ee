using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>The events that epoll reports: epoll_ctl(2).</summary>
[Flags]
internal enum EpollEvents : uint
{
    None = 0,
    In = 0x1,

    /// <summary>TCP holds an urgent byte that has not been passed.</summary>
    Urgent = 0x2,

    Out = 0x4,
    Error = 0x8,
    HangUp = 0x10,
    PeerFinished = 0x2000,
    EdgeTriggered = 0x8000_0000,

    /// <summary>It is in error, or closed both ways.</summary>
    Broken = Error | HangUp,

    /// <summary>A read would not have to wait: bytes, an urgent byte, the end, or an error.</summary>
    Readable = In | Urgent | PeerFinished | Broken,

    /// <summary>A write would not have to wait: room, or an error.</summary>
    Writable = Out | Broken,
}

/// <summary>
/// struct epoll_event: events (4 bytes), then data (8 bytes). On x86-64 the kernel packs it, so that 32-bit programs share
/// the layout; elsewhere data is aligned to 8.
/// </summary>
internal static class EpollEvent
{
    private static readonly int s_dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    internal static readonly int Size = s_dataOffset + sizeof(ulong);

    internal static void Write(Span<byte> to, EpollEvents events, ulong data)
    {
        MemoryMarshal.Write(to, (uint)events);
        MemoryMarshal.Write(to[s_dataOffset..], data);
    }

    internal static (EpollEvents Events, ulong Data) Read(ReadOnlySpan<byte> from) =>
        ((EpollEvents)MemoryMarshal.Read<uint>(from), MemoryMarshal.Read<ulong>(from[s_dataOffset..]));
}
