using System.Globalization;

namespace Plait.Native;

/// <summary>What our user may do with a file, and who its owner is. Where the system is not Linux, everything is allowed.</summary>
internal static class FileRights
{
    // access(2): X_OK, W_OK, R_OK
    internal const int Execute = 1, Write = 2, Read = 4;

    /// <summary>Whether a file exists, and its mode or that of a folder above it denies our user this use. False for a read-only disk.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="wanted"><see cref="Execute"/>, <see cref="Write"/>, <see cref="Read"/>, or several.</param>
    internal static bool AreLacking(string path, int wanted) =>
        OperatingSystem.IsLinux() && Libc.Access(path, wanted) != 0 && Libc.Error == Libc.AccessDenied;

    /// <summary>The uppermost folder above a file that our user may not enter, or null.</summary>
    internal static string? ClosedFolderAbove(string path)
    {
        string? closed = null;
        for (string? folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            closed = AreLacking(folder, Execute) ? folder : closed;
        }

        return closed;
    }

    /// <summary>Whether nothing may be executed on the disk of a file: it is mounted with <c>noexec</c>.</summary>
    internal static bool IsOnNoExecute(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return false; // struct statvfs is another one
        }

        Span<nuint> statistics = stackalloc nuint[32];
        return Libc.GetFileSystem(path, statistics) == 0 && (statistics[9] & Libc.NoExecute) != 0; // f_flag, after nine words
    }

    /// <summary>The name of a file's owner; null if it cannot be known.</summary>
    internal static string? OwnerOf(string path) => OperatingSystem.IsLinux() && FileStatus.Of(path) is { } status ? UserName(status.User) : null;

    /// <summary>The name of the user that Plait runs as.</summary>
    internal static string OwnUser => OperatingSystem.IsLinux() ? UserName(Libc.User) : Environment.UserName;

    /// <summary>By /etc/passwd (passwd(5)); where that does not know the user, the number.</summary>
    private static string UserName(uint user)
    {
        PollerThread.AssertNot();
        string number = user.ToString(CultureInfo.InvariantCulture);
        try
        {
            return File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
                .FirstOrDefault(fields => fields.Length > 2 && fields[2] == number)?[0] ?? number;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return number;
        }
    }
}
