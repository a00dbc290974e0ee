using System.Text;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Storage;

/// <summary>
/// The small files of ours that outlive a connection: registers and records in the state location, and cookies. Only our user can read them.
/// </summary>
[ProgramSeam]
internal static class StateFile
{
    private const UnixFileMode OnlyUs = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Throws for a text that is not Unicode: it would be read back as another one.
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Both are far beyond any real configuration; they keep a file bounded that another program has filled (G6).
    internal const int MaxLines = 4096;
    private const int MaxLength = 4 << 20;

    /// <summary>The lines of a file, up to <see cref="MaxLines"/>; none if there is no file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    internal static List<string> ReadLines(string path)
    {
        using var text = new StringReader(ReadText(path) ?? "");
        var lines = new List<string>();
        while (lines.Count < MaxLines && text.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>What a file holds, up to 4 Mi characters; a line beyond that is left out whole. Null if there is no file.</summary>
    /// <inheritdoc cref="ReadLines"/>
    internal static string? ReadText(string path)
    {
        PollerThread.AssertNot();
        if (!File.Exists(path))
        {
            return null;
        }

        using var reader = new StreamReader(path);
        var text = new StringBuilder();
        Span<char> part = stackalloc char[1024];
        int count;
        while ((count = reader.ReadBlock(part)) > 0)
        {
            text.Append(part[..count]);
            if (text.Length > MaxLength)
            {
                string all = text.ToString();
                return all[..(all.LastIndexOf('\n') + 1)];
            }
        }

        return text.ToString();
    }

    /// <summary>Replaces what a file holds by these lines.</summary>
    /// <inheritdoc cref="Replace(string, string, bool)"/>
    internal static void Replace(string path, IEnumerable<string> lines) => Replace(path, string.Concat(lines.Select(line => $"{line}\n")));

    /// <summary>Replaces what a file holds, as a whole: if that fails, on a full disk for example, the old content stays.</summary>
    /// <param name="path">The file. The new content is first written to a file beside it, whose name has <c>.new</c> at its end. What is there is removed, and never written through: in a folder that others write to it
    /// may be a link to a file of ours.</param>
    /// <param name="text">The new content.</param>
    /// <param name="lasting">It outlives a loss of power: the disk is waited for.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal static void Replace(string path, string text, bool lasting = true)
    {
        PollerThread.AssertNot();
        string written = path + ".new";
        File.Delete(written);
        try
        {
            using (var file = new FileStream(written, Private(FileMode.CreateNew))) // O_EXCL: open(2) follows no link, and fails if one has come back
            {
                file.Write(s_utf8.GetBytes(text));
                if (lasting)
                {
                    file.Flush(flushToDisk: true); // else a loss of power may leave the new name without content
                }
            }

            File.Move(written, path, overwrite: true);
        }
        catch
        {
            Delete(written); // on a full disk it takes room
            throw;
        }
    }

    /// <summary>The same, unless the file holds this text already: then a full or read-only disk does no harm.</summary>
    /// <inheritdoc cref="Replace(string, string, bool)"/>
    internal static void ReplaceIfChanged(string path, string text)
    {
        if (!Holds(path, text))
        {
            Replace(path, text);
        }
    }

    /// <summary>Makes a file; one of that name is removed first, because its mode would stay. A file that cannot be filled is removed.</summary>
    /// <inheritdoc cref="Replace(string, string, bool)"/>
    internal static void Create(string path, ReadOnlySpan<byte> content)
    {
        Delete(path);
        try
        {
            using var file = new FileStream(path, Private(FileMode.CreateNew));
            file.Write(content);
        }
        catch (IOException)
        {
            Delete(path);
            throw;
        }
    }

    /// <summary>
    /// Opens an empty file that one process at a time has open: a lock. It stays when it is closed. No other user can open it, because flock(2) asks
    /// for no right to write: a reader could hold it.
    /// </summary>
    /// <param name="path">The file. A link is not followed.</param>
    /// <exception cref="IOException">Another process has it open (<see cref="DiskErrors.IsLocked"/>), it is another kind of file or not ours, or it
    /// cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    internal static FileStream OpenAlone(string path)
    {
        PollerThread.AssertNot();
        if (!OperatingSystem.IsLinux())
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }

        FileStatus? named = FileStatus.Of(path, follow: false);
        ThrowIfNotOurs(named, path);
        var options = new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (named is null && !File.Exists(path)) // the first is null also where the system does not tell
        {
            (options.Mode, options.UnixCreateMode) = (FileMode.CreateNew, OnlyUs); // neither mode makes a file where a link leads
        }

        var file = new FileStream(path, options);
        try
        {
            FileStatus? opened = FileStatus.Of(file.SafeFileHandle);
            ThrowIfNotOurs(opened, path);
            if (named is not null && (opened?.Inode, opened?.Device) != (named.Inode, named.Device))
            {
                throw new IOException($"{path} has been replaced");
            }

            File.SetUnixFileMode(file.SafeFileHandle, OnlyUs); // of an earlier version's, others may read
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Removes a file, if it is there and can be removed.</summary>
    internal static void Delete(string path)
    {
        PollerThread.AssertNot();
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // Its folder has gone, or become read-only.
        }
    }

    private static void ThrowIfNotOurs(FileStatus? status, string path)
    {
        if (status is { IsRegular: false })
        {
            throw new IOException($"{path} is no regular file");
        }

        if (status is not null && status.User != Libc.User)
        {
            throw new IOException($"{path} belongs to another user");
        }
    }

    private static bool Holds(string path, string text)
    {
        try
        {
            return ReadText(path) == text;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return false;
        }
    }

    private static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OnlyUs;
        }

        return options;
    }
}
