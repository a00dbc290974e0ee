using Plait.Connections.Polling;

namespace Plait.Relays;

/// <summary>A pipe of the kernel, through which bytes go from socket to socket without being copied. Holds two descriptors.</summary>
internal sealed class Pipe
{
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800; // pipe2(2)
    private const int SetPipeSize = 1031; // F_SETPIPE_SZ, fcntl(2)

    private Pipe(int read, int write)
    {
        ReadEnd = read;
        WriteEnd = write;
    }

    internal int ReadEnd { get; }

    internal int WriteEnd { get; }

    /// <summary>A new, empty pipe, or null if no descriptor is free.</summary>
    /// <param name="size">
    /// Its size in bytes, if the system allows as much: a user without privileges has a limit for all pipes together
    /// (pipe(7), pipe-user-pages-soft), and one that stays small works as well.
    /// </param>
    internal static Pipe? TryOpen(int size)
    {
        Span<int> ends = stackalloc int[2];
        if (Libc.OpenPipe(ends, CloseOnExec | NonBlocking) < 0)
        {
            return null;
        }

        _ = Libc.Control(ends[0], SetPipeSize, size);
        return new(ends[0], ends[1]);
    }

    internal void Close()
    {
        _ = Libc.Close(ReadEnd);
        _ = Libc.Close(WriteEnd);
    }
}
