using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Plait.Native;

/// <summary>Files and directories. Any of these may wait for a disk.</summary>
internal static partial class Libc
{
    // flock(2): LOCK_EX | LOCK_NB
    private const int ExclusiveNow = 2 | 4;

    // statx(2): AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH; STATX_BASIC_STATS
    internal const int CurrentDirectory = -100, NoFollow = 0x100, EmptyPath = 0x1000;
    internal const uint BasicStatistics = 0x7FF;

    // statvfs(3): ST_NOEXEC
    internal const nuint NoExecute = 8;

    /// <summary>Locks a file or directory for us alone, if no other process has; until the handle is closed.</summary>
    internal static bool TryLock(SafeHandle file) => LockFile(file, ExclusiveNow) == 0;

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Access(string path, int wanted);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetFileSystem(string path, Span<nuint> statistics);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetStatus(int directory, string path, int flags, uint mask, Span<byte> statistics);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int LockFile(SafeHandle file, int operation);
}
