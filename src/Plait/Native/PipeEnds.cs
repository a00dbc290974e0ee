using System.ComponentModel;
using Microsoft.Win32.SafeHandles;

namespace Plait.Native;

/// <summary>Both ends of a pipe(7), marked close-on-exec.</summary>
[ProgramSeam]
internal readonly struct PipeEnds : IDisposable
{
    private PipeEnds(int reader, int writer)
    {
        Reader = new(reader, ownsHandle: true);
        Writer = new(writer, ownsHandle: true);
    }

    internal SafeFileHandle Reader { get; }

    internal SafeFileHandle Writer { get; }

    /// <summary>A new pipe.</summary>
    /// <exception cref="Win32Exception">The system gives none: no descriptor is free.</exception>
    internal static PipeEnds Open()
    {
        Span<int> ends = stackalloc int[2];
        return Libc.OpenPipe(ends, Libc.CloseOnExec) == 0
            ? new(ends[0], ends[1])
            : throw new Win32Exception(Libc.Error);
    }

    /// <summary>Closes both ends.</summary>
    public void Dispose()
    {
        Reader.Dispose();
        Writer.Dispose();
    }
}
