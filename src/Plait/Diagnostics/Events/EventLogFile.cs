using System.Runtime.Versioning;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Diagnostics.Events;

/// <summary>
/// The file of an <see cref="EventLog"/>: readable by its owner alone, appended to, bounded. At its limit it becomes FILE.old, in place of
/// the one before, and a new one begins. A new one also begins when another program has renamed or removed it.
/// </summary>
/// <remarks>
/// One process at a time writes a file: a lock of one byte far after its end, which readers do not notice (fcntl(2)), keeps others out.
/// </remarks>
/// <param name="path">Where it is.</param>
/// <param name="limit">How long it may become, in bytes.</param>
/// <param name="firstLine">What each file begins with.</param>
internal sealed class EventLogFile(string path, long limit, Func<byte[]> firstLine) : IDisposable
{
    private const long LockedByte = long.MaxValue - 1;

    private FileStream? _file;
    private string? _name; // as the system reports it; follows the file when it is renamed

    /// <summary>Opens or makes it, and writes the first line, to prove that it can be written.</summary>
    /// <exception cref="IOException">It cannot be opened; the message has the reason.</exception>
    internal void Open()
    {
        PollerThread.AssertNot();
        try
        {
            OpenFile();
            if (!_file!.CanSeek)
            {
                throw new IOException("it is a pipe, a terminal or a socket, and a file is needed");
            }

            Append(firstLine());
        }
        catch (IOException e) when (DiskErrors.IsLocked(e))
        {
            throw; // in our own words
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Dispose();
            throw new IOException(Directory.Exists(path) ? "it is a directory, and a file is needed" : e.Message, e);
        }
    }

    /// <summary>Appends lines: all of them, or none.</summary>
    /// <exception cref="IOException">They could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Another file could not be begun.</exception>
    internal void Write(ReadOnlySpan<byte> lines)
    {
        PollerThread.AssertNot();
        if (_file is not null && NameOf(_file) != _name)
        {
            Dispose(); // renamed or removed, as logrotate(8) does
        }

        if (_file is null || !Fits(_file, lines.Length))
        {
            // A Plait that is ending while we start may have begun the new file already.
            Dispose();
            OpenFile();
            byte[] first = firstLine();
            if (!Fits(_file!, first.Length + lines.Length))
            {
                BeginAnother();
            }

            Append(first);
        }

        Append(lines);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    /// <exception cref="IOException">It cannot be opened, or another process writes it (<see cref="DiskErrors.IsLocked"/>).</exception>
    private void OpenFile()
    {
        var options = new FileStreamOptions
        {
            // Reading too: opening a pipe for writing alone would wait for a reader.
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // for its owner alone
        }

        _file = new(path, options);
        _name = NameOf(_file);
        if (OperatingSystem.IsLinux() && _file.CanSeek)
        {
            Lock(_file);
        }
    }

    [SupportedOSPlatform("linux")]
    private void Lock(FileStream file)
    {
        try
        {
            file.Lock(LockedByte, 1);
        }
        catch (IOException e) when (DiskErrors.IsLocked(e))
        {
            Dispose();
            throw new IOException("another Plait writes it; give each Plait a file of its own", e.HResult);
        }
        catch (IOException)
        {
            // A file system without locks.
        }
    }

    /// <summary>The present name of the file; null without /proc, and then only a signal brings a new file.</summary>
    private static string? NameOf(FileStream file)
    {
        try
        {
            return OperatingSystem.IsLinux() ? new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget : null;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }

    private bool Fits(FileStream file, int more) => RandomAccess.GetLength(file.SafeFileHandle) + more <= limit;

    private void BeginAnother()
    {
        Dispose();
        try
        {
            File.Move(path, path + ".old", overwrite: true); // not .1: that is logrotate's
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // The file may be written and its folder may not: truncate it instead of renaming it.
        }

        OpenFile();
        RandomAccess.SetLength(_file!.SafeFileHandle, 0);
    }

    /// <summary>Appends at the present end: another program may have truncated the file, or a Plait that is ending may still write it.</summary>
    private void Append(ReadOnlySpan<byte> lines)
    {
        long end = RandomAccess.GetLength(_file!.SafeFileHandle);
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, lines, end);
        }
        catch (IOException)
        {
            CutBack(end);
            throw;
        }
        catch (ArgumentOutOfRangeException e) // what .NET makes of EFBIG: a limit of the system, or of the process (ulimit -f)
        {
            CutBack(end);
            throw new IOException("no file may become as long", e);
        }
    }

    /// <summary>Removes a line that was written in part, because it would spoil the next one.</summary>
    private void CutBack(long length)
    {
        try
        {
            RandomAccess.SetLength(_file!.SafeFileHandle, length);
        }
        catch (IOException)
        {
            // The file is as full, or as gone, as before.
        }
    }
}
