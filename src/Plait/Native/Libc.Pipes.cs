using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>pipe(7) and splice(2).</summary>
internal static partial class Libc
{
    // fcntl(2): F_SETPIPE_SZ
    private const int SetPipeSize = 1031;

    // splice(2): SPLICE_F_MOVE, SPLICE_F_NONBLOCK
    private const uint Move = 1, SpliceWithoutBlocking = 2;

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int OpenPipe(Span<int> ends, int flags);

    /// <summary>Asks for another size of a pipe. One that the system does not allow changes nothing.</summary>
    internal static void ResizePipe(int end, int bytes) => _ = Control(end, SetPipeSize, bytes);

    /// <summary>Moves bytes between a pipe and a descriptor that does not block: their number, 0 at the end, -1 with an errno.</summary>
    /// <remarks>
    /// Never with SPLICE_F_MORE: it would hold back the last, small segment. splice(2) has no MSG_NOSIGNAL: on a broken connection it
    /// raises SIGPIPE, which the runtime ignores in every process that it runs in (BrokenPipeSignalTests).
    /// </remarks>
    internal static nint Splice(int from, int to, nint length) => Splice(from, 0, to, 0, length, Move | SpliceWithoutBlocking);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static partial nint Splice(int from, nint fromOffset, int to, nint toOffset, nint length, uint flags);
}
