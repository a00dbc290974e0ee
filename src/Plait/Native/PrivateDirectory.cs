using Microsoft.Win32.SafeHandles;

namespace Plait.Native;

/// <summary>
/// A directory of our own in a place where other users can make names too (/dev/shm): mode 0700, locked while we use it.
/// The lock ends with its holder, so that a directory that a killed Plait has left is found free, and used again.
/// </summary>
/// <remarks>
/// Another user may have made the name first: as a directory, or as a symbolic link to one of ours. So the name itself is
/// looked at (lstat), and is good only as a real directory that belongs to us with mode 0700. From then on the sticky bit of the place
/// keeps others from replacing it. A place that others may write and that has no sticky bit is not used. Linux only.
/// </remarks>
internal sealed class PrivateDirectory : IDisposable
{
    // inode(7)
    private const int Permissions = 0x1FF; // the set-group-id bit may come from the place
    private const int OnlyUs = 0x1C0; // 0700
    private const int OthersWrite = 0x12, Sticky = 0x200; // 0022, 01000

    private readonly SafeFileHandle _lock;

    private PrivateDirectory(string path, SafeFileHandle held)
    {
        (Path, _lock) = (path, held);
    }

    /// <summary>Where it is.</summary>
    internal string Path { get; }

    /// <summary>Makes the directory, or takes over one of ours that no process uses, and removes its files.</summary>
    /// <returns>Null if another process uses it, if it is not ours, or if it cannot be made.</returns>
    internal static PrivateDirectory? TryTake(string path)
    {
        if (!IsTrusted(System.IO.Path.GetDirectoryName(path)!))
        {
            return null;
        }

        if (Libc.MakeDirectory(path, OnlyUs) != 0 && Libc.Error != Libc.Exists)
        {
            return null;
        }

        if (FileStatus.Of(path, follow: false) is not { } named || !IsOurs(named))
        {
            return null;
        }

        SafeFileHandle handle = Libc.OpenFile(path, Libc.CloseOnExec);
        if (handle.IsInvalid || !Libc.TryLock(handle) || !IsStillNamed(handle, path))
        {
            handle.Dispose();
            return null;
        }

        var taken = new PrivateDirectory(path, handle);
        taken.RemoveFiles();
        return taken;
    }

    /// <summary>Makes a directory that only we can use, or finds one that we have made earlier. It is not locked, and stays.</summary>
    /// <exception cref="IOException">It cannot be made, or what bears its name is not ours alone.</exception>
    internal static void Make(string path)
    {
        string? problem =
            !IsTrusted(System.IO.Path.GetDirectoryName(path)!) ? "other users can replace what is made there"
            : Libc.MakeDirectory(path, OnlyUs) != 0 && Libc.Error is not Libc.Exists and var error ? Libc.Describe(error)
            : FileStatus.Of(path, follow: false) is not { } named || !IsOurs(named) ? "it is not a directory of this user with mode 0700; another user may have made it"
            : null;
        if (problem is not null)
        {
            throw new IOException($"{path} cannot be used for state: {problem}");
        }
    }

    /// <summary>Removes it and its files, and gives up the lock.</summary>
    public void Dispose()
    {
        RemoveFiles();
        try
        {
            Directory.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The place was taken down before us, as /run/user is when its user logs out.
        }

        _lock.Dispose();
    }

    private void RemoveFiles()
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(Path))
            {
                File.Delete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As above; what stays is removed at the next start.
        }
    }

    /// <summary>Whether no other user can replace what we make there: the place is ours or root's, and sticky if others may write.</summary>
    private static bool IsTrusted(string place) =>
        FileStatus.Of(place) is { } found
        && found.IsDirectory
        && (found.User == 0 || found.User == Libc.User)
        && ((found.Mode & OthersWrite) == 0 || (found.Mode & Sticky) != 0);

    private static bool IsOurs(FileStatus entry) =>
        entry.IsDirectory && (entry.Mode & Permissions) == OnlyUs && entry.User == Libc.User;

    /// <summary>A predecessor may have removed it between our look and our lock.</summary>
    private static bool IsStillNamed(SafeFileHandle handle, string path) =>
        FileStatus.Of(handle) is { } held
        && FileStatus.Of(path, follow: false) is { } named && held == named;
}
