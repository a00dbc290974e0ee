using Plait.Connections;
using Plait.Native;

namespace Plait.Relays;

/// <summary>A pipe of the kernel, through which bytes go from socket to socket without being copied. Holds two descriptors.</summary>
internal sealed class Pipe
{
    internal Pipe(int read, int write, bool large)
    {
        ReadEnd = read;
        WriteEnd = write;
        IsLarge = large;
    }

    /// <summary>It was opened to be larger than the system's default.</summary>
    internal bool IsLarge { get; }

    private int ReadEnd { get; }

    private int WriteEnd { get; }

    /// <summary>A new, empty pipe, or null if no descriptor is free beside the reserve.</summary>
    /// <param name="size">
    /// Its size in bytes if the system allows as much, for one that stays small works as well; null for the default.
    /// </param>
    internal static Pipe? TryOpen(int? size)
    {
        Span<int> ends = stackalloc int[2];
        if (Libc.OpenPipe(ends, Libc.CloseOnExec | Libc.NonBlocking) < 0)
        {
            return null;
        }

        var pipe = new Pipe(ends[0], ends[1], size is not null);
        if (Descriptors.IsReserved(Math.Max(ends[0], ends[1])))
        {
            pipe.Close();
            return null;
        }

        if (size is { } bytes)
        {
            Libc.ResizePipe(ends[0], bytes);
        }

        return pipe;
    }

    /// <summary>Takes bytes from a socket that does not block: their number, 0 at its end, -1 with an errno.</summary>
    internal nint Fill(int socket, int count) => Libc.Splice(socket, WriteEnd, count);

    /// <summary>Gives bytes to a socket that does not block: their number, or -1 with an errno.</summary>
    internal nint Drain(int socket, int count) => Libc.Splice(ReadEnd, socket, count);

    internal void Close()
    {
        _ = Libc.Close(ReadEnd);
        _ = Libc.Close(WriteEnd);
    }
}
