namespace Plait.Native;

/// <summary>errno(3): the numbers of asm-generic/errno-base.h and errno.h, under the words of the manual page.</summary>
internal static partial class Libc
{
    internal const int NotPermitted = 1; // EPERM
    internal const int NoEntry = 2; // ENOENT
    internal const int NoProcess = 3; // ESRCH
    internal const int Interrupted = 4; // EINTR
    internal const int NotExecutable = 8; // ENOEXEC
    internal const int Again = 11; // EAGAIN, which is EWOULDBLOCK
    internal const int NoMemory = 12; // ENOMEM
    internal const int AccessDenied = 13; // EACCES
    internal const int Exists = 17; // EEXIST
    internal const int Invalid = 22; // EINVAL
    internal const int TooManyFilesOfAll = 23; // ENFILE
    internal const int TooManyFiles = 24; // EMFILE
    internal const int NoSpace = 28; // ENOSPC
    internal const int BrokenPipe = 32; // EPIPE
    internal const int NotImplemented = 38; // ENOSYS
    internal const int ProtocolError = 71; // EPROTO
    internal const int NotSupported = 95; // EOPNOTSUPP
    internal const int FamilyNotSupported = 97; // EAFNOSUPPORT
    internal const int AddressInUse = 98; // EADDRINUSE
    internal const int AddressNotAvailable = 99; // EADDRNOTAVAIL
    internal const int NetworkDown = 100; // ENETDOWN
    internal const int NetworkUnreachable = 101; // ENETUNREACH
    internal const int ConnectionAborted = 103; // ECONNABORTED
    internal const int ConnectionReset = 104; // ECONNRESET
    internal const int NoBuffers = 105; // ENOBUFS
    internal const int TimedOut = 110; // ETIMEDOUT
    internal const int ConnectionRefused = 111; // ECONNREFUSED
    internal const int HostDown = 112; // EHOSTDOWN
    internal const int HostUnreachable = 113; // EHOSTUNREACH
    internal const int InProgress = 115; // EINPROGRESS
    internal const int QuotaExceeded = 122; // EDQUOT

    // Where the runtime passes on the errors of other systems: errno.h of macOS, winerror.h as an HRESULT.
    internal const int AgainOfMac = 35, QuotaExceededOfMac = 69;
    internal const int SharingViolationOfWindows = unchecked((int)0x8007_0020), DiskFullOfWindows = unchecked((int)0x8007_0070);

    private const int FirstOfSockets = 88, LastOfSockets = InProgress; // ENOTSOCK to EINPROGRESS

    /// <summary>Whether an errno is one of sockets and networks.</summary>
    internal static bool IsOfSockets(int error) => error is >= FirstOfSockets and <= LastOfSockets;
}
