using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>What can be done with any descriptor.</summary>
internal static partial class Libc
{
    /// <summary>O_CLOEXEC of open(2); SOCK_CLOEXEC, EPOLL_CLOEXEC and EFD_CLOEXEC are the same number.</summary>
    internal const int CloseOnExec = 0x80000;

    /// <summary>O_NONBLOCK of open(2); SOCK_NONBLOCK and EFD_NONBLOCK are the same number.</summary>
    internal const int NonBlocking = 0x800;

    // fcntl(2): F_GETFD, FD_CLOEXEC, F_DUPFD_CLOEXEC
    private const int GetDescriptorFlags = 1, ClosedByExec = 1, DuplicateCloseOnExec = 1030;

    // ioctl(2), asm-generic/ioctls.h: FIONBIO
    private const nuint NoBlocking = 0x5421;

    // getrlimit(2), asm-generic/resource.h: RLIMIT_NPROC, RLIMIT_NOFILE
    private const int NumberOfProcesses = 6, NumberOfFiles = 7;

    /// <summary>How many descriptors this process may have; where that is not known, the largest number.</summary>
    internal static nuint DescriptorLimit => SoftLimit(NumberOfFiles);

    /// <summary>How many processes and threads our user may have; where that is not known, the largest number.</summary>
    internal static nuint ProcessLimit => SoftLimit(NumberOfProcesses);

    /// <summary>Whether a descriptor is open and would stay open over exec: on any Unix.</summary>
    internal static bool StaysOpenOverExec(int descriptor) =>
        Control(descriptor, GetDescriptorFlags, 0) is var flags and >= 0 && (flags & ClosedByExec) == 0;

    /// <summary>The same file under another number above those of the standard streams, marked close-on-exec; negative on failure.</summary>
    internal static int Duplicate(int descriptor) => Control(descriptor, DuplicateCloseOnExec, 3);

    /// <summary>Sets O_NONBLOCK.</summary>
    internal static void DoNotBlock(SafeHandle descriptor) => _ = ControlDevice(descriptor, NoBlocking, 1);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int descriptor, Span<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeHandle descriptor, Span<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeHandle descriptor, ReadOnlySpan<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    /// <summary>Makes a number stand for the file of another one; it stays open over exec (dup2(2)).</summary>
    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    internal static partial int Replace(int by, int descriptor);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlDevice(SafeHandle descriptor, nuint request, in int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlDevice(int descriptor, nuint request, ref int argument);

    private static nuint SoftLimit(int resource)
    {
        // Current and most, of the C library's rlim_t, which on a small machine may be two words: the lower comes first.
        Span<nuint> limits = stackalloc nuint[4];
        return OperatingSystem.IsLinux() && GetLimit(resource, limits) == 0 ? limits[0] : nuint.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Span<nuint> limits);
}
