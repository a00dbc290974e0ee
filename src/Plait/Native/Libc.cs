using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>
/// The system calls that .NET has no words for. Linux only; the numbers are those of asm-generic, which every architecture
/// that .NET runs on shares. None of the calls blocks except <see cref="EpollWait"/>.
/// </summary>
[ProgramSeam]
internal static partial class Libc
{
    // errno(3)
    internal const int Interrupted = 4, NotExecutable = 8, Again = 11, NoMemory = 12, Invalid = 22, BrokenPipe = 32, NotImplemented = 38, ProtocolError = 71, NotSupported = 95, ConnectionAborted = 103, InProgress = 115;

    // epoll_create1(2), eventfd(2)
    internal const int CloseOnExec = 0x80000;

    // recv(2), send(2)
    internal const int OutOfBand = 0x1, Peek = 0x2, DontWait = 0x40, NoSignal = 0x4000;

    // setsockopt(2), asm-generic/socket.h, linux/in.h, linux/in6.h
    private const int SocketLevel = 1, IPLevel = 0, IPv6Level = 41;
    private const int ReuseAddress = 2, BindAddressNoPort = 24, V6Only = 26;

    // sched(7): SCHED_OTHER, SCHED_BATCH
    private const int Other = 0, Batch = 3;

    // ioctl(2), asm-generic/ioctls.h and sockios.h: FIONBIO, SIOCATMARK
    private const nuint NoBlocking = 0x5421, AtMark = 0x8905;

    // epoll_ctl(2)
    internal const int EpollAdd = 1, EpollDelete = 2, EpollModify = 3;

    /// <summary>The errno of the last call that failed.</summary>
    internal static int Error => Marshal.GetLastPInvokeError();

    /// <summary>The last error of the system as an exception: in words, and as its HResult.</summary>
    internal static IOException Failure(string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(Error)}", Error);

    /// <summary>Has the current thread scheduled as one that works in batches, or as usual. A policy that is neither was chosen for all of them, and stays.</summary>
    internal static void ScheduleInBatches(bool inBatches)
    {
        if (GetScheduler(0) is Other or Batch)
        {
            _ = SetScheduler(0, inBatches ? Batch : Other, 0);
        }
    }

    /// <summary>Sets O_NONBLOCK.</summary>
    internal static void DoNotBlock(SafeHandle descriptor) => _ = ControlDevice(descriptor, NoBlocking, 1);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlDevice(SafeHandle descriptor, nuint request, in int argument);

    /// <summary>Whether the next byte of a TCP socket is the urgent one (tcp(7)). False for other sockets.</summary>
    internal static bool IsAtMark(int socket)
    {
        int atMark = 0;
        return ControlDevice(socket, AtMark, ref atMark) == 0 && atMark != 0;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlDevice(int descriptor, nuint request, ref int argument);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(SafeSocketHandle socket, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int socket, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(SafeSocketHandle listener, nint address, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(SafeSocketHandle socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(SafeSocketHandle socket, int backlog);

    /// <summary>Sets SO_REUSEADDR (socket(7)).</summary>
    internal static void AllowReuse(SafeSocketHandle socket, bool allow) => _ = SetOption(socket, SocketLevel, ReuseAddress, allow ? 1 : 0, sizeof(int));

    /// <summary>Sets IPV6_V6ONLY (ipv6(7)).</summary>
    internal static void OnlyIPv6(SafeSocketHandle socket, bool only) => _ = SetOption(socket, IPv6Level, V6Only, only ? 1 : 0, sizeof(int));

    /// <summary>Sets IP_BIND_ADDRESS_NO_PORT (ip(7)); IPv6 sockets heed it too.</summary>
    internal static void BindWithoutPort(SafeSocketHandle socket) => _ = SetOption(socket, IPLevel, BindAddressNoPort, 1, sizeof(int));

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(SafeSocketHandle socket, int level, int name, in int value, int length);

    [LibraryImport("libc", EntryPoint = "getpeername", SetLastError = true)]
    internal static partial int GetPeerName(SafeSocketHandle socket, Span<byte> address, ref int length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetOwnName(SafeSocketHandle socket, Span<byte> address, ref int length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(SafeSocketHandle socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(SafeHandle epoll, int operation, SafeHandle descriptor, ReadOnlySpan<byte> epollEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(SafeHandle epoll, Span<byte> events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint value, int flags);

    /// <summary>The soft limit of a resource of getrlimit(2); where it is not known, the largest number.</summary>
    internal static nuint SoftLimit(int resource)
    {
        // Current and most, of the C library's rlim_t, which on a small machine may be two words: the lower comes first.
        Span<nuint> limits = stackalloc nuint[4];
        return OperatingSystem.IsLinux() && GetLimit(resource, limits) == 0 ? limits[0] : nuint.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Span<nuint> limits);

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int GetScheduler(int thread);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeHandle descriptor, ReadOnlySpan<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, Span<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeHandle descriptor, Span<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(Span<PollEntry> entries, nuint count, int milliseconds);

    /// <summary>Has a listener listen no more; it keeps its address if it was bound to a port by number (shutdown(2), SHUT_RD).</summary>
    internal static int StopListening(SafeSocketHandle listener) => Shutdown(listener, 0);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int Shutdown(SafeSocketHandle socket, int how);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int family, int type, int protocol, Span<int> ends);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int OpenPipe(Span<int> ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    internal static partial nint Splice(int from, nint fromOffset, int to, nint toOffset, nint length, uint flags);
}
