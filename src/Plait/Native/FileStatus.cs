using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>What the system knows of a file (statx(2)). Linux only.</summary>
/// <param name="User">The user id of its owner.</param>
/// <param name="Mode">Type and permissions (inode(7)).</param>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Device">Its file system, as two numbers.</param>
[ProgramSeam]
internal sealed record FileStatus(uint User, ushort Mode, ulong Inode, ulong Device)
{
    /// <summary>Its file system as one number, st_dev of stat(2): makedev(3).</summary>
    internal ulong DeviceNumber
    {
        get
        {
            ulong major = (uint)Device, minor = Device >> 32;
            return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xffUL) << 12) | ((major & ~0xfffUL) << 32);
        }
    }

    // inode(7): S_IFMT, S_IFDIR, S_IFREG, S_IFSOCK
    private const int TypeMask = 0xF000, DirectoryType = 0x4000, RegularType = 0x8000, SocketType = 0xC000;

    /// <summary>Whether it is a directory.</summary>
    internal bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    /// <summary>Whether it is a regular file.</summary>
    internal bool IsRegular => (Mode & TypeMask) == RegularType;

    /// <summary>Whether it is a socket (unix(7)).</summary>
    internal bool IsSocket => (Mode & TypeMask) == SocketType;

    /// <summary>Of what a path leads to, or with <paramref name="follow"/> false of a symbolic link itself; null if there is none, or it cannot be known.</summary>
    internal static FileStatus? Of(string path, bool follow = true) => Look(Libc.CurrentDirectory, path, follow ? 0 : Libc.NoFollow);

    /// <summary>Of what an open descriptor leads to.</summary>
    internal static FileStatus? Of(SafeHandle opened) => Look((int)opened.DangerousGetHandle(), "", Libc.EmptyPath);

    private static FileStatus? Look(int directory, string path, int flags)
    {
        PollerThread.AssertNot();
        Span<byte> statistics = stackalloc byte[256];
        try
        {
            return Libc.GetStatus(directory, path, flags, Libc.BasicStatistics, statistics) != 0
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
}
