namespace Plait.Diagnostics.Failures;

/// <summary>What the system's errors about files mean. On Unix the HResult of an <see cref="IOException"/> is the errno.</summary>
[ProgramSeam]
internal static class DiskErrors
{
    /// <summary>ENOSPC, and EDQUOT of Linux and of macOS.</summary>
    internal static bool IsFull(Exception? error) => error is IOException { HResult: 28 or 122 or 69 or unchecked((int)0x80070070) };

    /// <summary>Another process has locked the file: EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION.</summary>
    internal static bool IsLocked(Exception error) => error is IOException { HResult: 11 or 35 or unchecked((int)0x80070020) };

    /// <summary>The two exceptions that reading and writing files throw.</summary>
    internal static bool IsOne(Exception error) => error is IOException or UnauthorizedAccessException;
}
