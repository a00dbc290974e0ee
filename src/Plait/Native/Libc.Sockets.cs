using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>socket(7), tcp(7), ip(7), ipv6(7).</summary>
internal static partial class Libc
{
    // socket(2), bits/socket.h: AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; SOCK_STREAM, SOCK_RAW
    internal const int UnixFamily = 1, IPv4Family = 2, IPv6Family = 10, NetlinkFamily = 16;
    internal const int StreamSocket = 1, RawSocket = 3;

    /// <summary>The length of a sockaddr_in6 (ipv6(7)), the longest address of a TCP socket.</summary>
    internal const int LongestAddress = 28;

    // recv(2), send(2): MSG_OOB, MSG_PEEK, MSG_DONTWAIT, MSG_NOSIGNAL
    internal const int OutOfBand = 0x1, Peek = 0x2, DontWait = 0x40, NoSignal = 0x4000;

    // setsockopt(2), asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h
    private const int SocketLevel = 1, IPLevel = 0, TcpLevel = 6, IPv6Level = 41;
    private const int ReuseAddress = 2, PendingError = 4, Linger = 13, BindAddressNoPort = 24, V6Only = 26, NoDelay = 1, TcpInfo = 11, CongestionControl = 13;

    // tcp_info of linux/tcp.h begins with the state, of linux/tcp_states.h: TCP_CLOSE
    private const byte ClosedState = 7;

    // shutdown(2): SHUT_RD, SHUT_WR
    private const int ReadingHalf = 0, WritingHalf = 1;

    // ioctl(2), asm-generic/sockios.h: SIOCATMARK
    private const nuint AtMark = 0x8905;

    /// <summary>Whether the next byte of a TCP socket is the urgent one (tcp(7)). False for other sockets.</summary>
    internal static bool IsAtMark(int socket)
    {
        int atMark = 0;
        return ControlDevice(socket, AtMark, ref atMark) == 0 && atMark != 0;
    }

    /// <summary>Sets SO_REUSEADDR (socket(7)).</summary>
    internal static void AllowReuse(SafeHandle socket, bool allow) => _ = SetOption(socket, SocketLevel, ReuseAddress, allow ? 1 : 0, sizeof(int));

    /// <summary>Sets IPV6_V6ONLY (ipv6(7)).</summary>
    internal static void OnlyIPv6(SafeHandle socket, bool only) => _ = SetOption(socket, IPv6Level, V6Only, only ? 1 : 0, sizeof(int));

    /// <summary>Sets IP_BIND_ADDRESS_NO_PORT (ip(7)); it works for IPv6 sockets too.</summary>
    internal static void BindWithoutPort(SafeHandle socket) => _ = SetOption(socket, IPLevel, BindAddressNoPort, 1, sizeof(int));

    /// <summary>Sets TCP_NODELAY (tcp(7)): small writes are sent at once.</summary>
    internal static void DoNotDelay(SafeHandle socket) => _ = SetOption(socket, TcpLevel, NoDelay, 1, sizeof(int));

    /// <summary>Has close(2) send a reset, and drop what has not been sent (SO_LINGER with a time of zero, socket(7)).</summary>
    internal static void ResetOnClose(SafeHandle socket)
    {
        ReadOnlySpan<int> linger = [1, 0]; // struct linger: on, seconds
        _ = SetOption(socket, SocketLevel, Linger, MemoryMarshal.AsBytes(linger), linger.Length * sizeof(int));
    }

    /// <summary>Chooses the congestion control of a TCP socket by its name (TCP_CONGESTION, tcp(7)). A name that the system lacks changes nothing.</summary>
    internal static void UseCongestionControl(SafeHandle socket, ReadOnlySpan<byte> name) =>
        _ = SetOption(socket, TcpLevel, CongestionControl, name, name.Length);

    /// <summary>Takes the error that a socket still has to report (SO_ERROR, socket(7)); 0 if there is none.</summary>
    internal static int TakeError(SafeHandle socket)
    {
        Span<byte> error = stackalloc byte[sizeof(int)];
        int length = error.Length;
        return GetOption(socket, SocketLevel, PendingError, error, ref length) == 0 ? BitConverter.ToInt32(error) : 0;
    }

    /// <summary>Whether a TCP connection is over in both directions (TCP_INFO, tcp(7)).</summary>
    internal static bool IsClosed(SafeHandle socket)
    {
        Span<byte> state = stackalloc byte[1];
        int length = state.Length;
        return GetOption(socket, TcpLevel, TcpInfo, state, ref length) == 0 && state[0] == ClosedState;
    }

    /// <summary>Has a listener listen no more; it keeps its address if it was bound to a port by number (shutdown(2)).</summary>
    internal static int StopListening(SafeHandle listener) => Shutdown(listener, ReadingHalf);

    /// <summary>Ends the writing half of a connection (shutdown(2)).</summary>
    internal static int FinishWriting(SafeHandle socket) => Shutdown(socket, WritingHalf);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int family, int type, int protocol, Span<int> ends);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(SafeHandle socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(SafeHandle socket, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(SafeHandle listener, nint address, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(SafeHandle socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "getpeername", SetLastError = true)]
    internal static partial int GetPeerName(SafeHandle socket, Span<byte> address, ref int length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetOwnName(SafeHandle socket, Span<byte> address, ref int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(SafeHandle socket, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int socket, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeHandle socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int Shutdown(SafeHandle socket, int how);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(SafeHandle socket, int level, int name, in int value, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(SafeHandle socket, int level, int name, ReadOnlySpan<byte> value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(SafeHandle socket, int level, int name, Span<byte> value, ref int length);
}
