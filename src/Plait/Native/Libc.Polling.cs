using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>epoll(7) and poll(2).</summary>
internal static partial class Libc
{
    // epoll_ctl(2): EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD
    internal const int EpollAdd = 1, EpollDelete = 2, EpollModify = 3;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(SafeHandle epoll, int operation, SafeHandle descriptor, ReadOnlySpan<byte> epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(SafeHandle epoll, Span<byte> events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(Span<PollEntry> entries, nuint count, int milliseconds);
}
