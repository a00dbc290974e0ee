using Plait.Native;

namespace Plait.Diagnostics.Failures;

/// <summary>What the system's errors about files mean. On Unix the HResult of an <see cref="IOException"/> is the errno.</summary>
[ProgramSeam]
internal static class DiskErrors
{
    /// <summary>The disk is full, or our share of it is.</summary>
    internal static bool IsFull(Exception? error) => error is IOException { HResult: Libc.NoSpace or Libc.QuotaExceeded or Libc.QuotaExceededOfMac or Libc.DiskFullOfWindows };

    /// <summary>Another process has locked the file.</summary>
    internal static bool IsLocked(Exception error) => error is IOException { HResult: Libc.Again or Libc.AgainOfMac or Libc.SharingViolationOfWindows };

    /// <summary>The two exceptions that reading and writing files throw.</summary>
    internal static bool IsOne(Exception error) => error is IOException or UnauthorizedAccessException;
}
