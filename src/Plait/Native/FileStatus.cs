using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>What the system knows of a file (statx(2)). Linux only.</summary>
/// <param name="User">The user id of its owner.</param>
/// <param name="Mode">Type and permissions (inode(7)).</param>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Device">Its file system, as two numbers.</param>
internal sealed partial record FileStatus(uint User, ushort Mode, ulong Inode, ulong Device)
{
    private const int CurrentDirectory = -100, NoFollow = 0x100, EmptyPath = 0x1000;
    private const uint BasicStatistics = 0x7FF;

    /// <summary>Of what a path leads to, or with <paramref name="follow"/> false of a symbolic link itself; null if there is none, or it cannot be known.</summary>
    internal static FileStatus? Of(string path, bool follow = true) => Look(CurrentDirectory, path, follow ? 0 : NoFollow);

    /// <summary>Of what an open descriptor leads to.</summary>
    internal static FileStatus? Of(SafeHandle opened) => Look((int)opened.DangerousGetHandle(), "", EmptyPath);

    private static FileStatus? Look(int directory, string path, int flags)
    {
        PollerThread.AssertNot();
        Span<byte> statistics = stackalloc byte[256];
        try
        {
            return GetStatus(directory, path, flags, BasicStatistics, statistics) != 0
                ? null
                // struct statx: uid at 20, mode at 28, inode at 32, device (two numbers) at 136
                : new(
                    BitConverter.ToUInt32(statistics[20..]), BitConverter.ToUInt16(statistics[28..]),
                    BitConverter.ToUInt64(statistics[32..]), BitConverter.ToUInt64(statistics[136..]));
        }
        catch (EntryPointNotFoundException)
        {
            return null; // glibc before 2.28
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int directory, string path, int flags, uint mask, Span<byte> statistics);
}
