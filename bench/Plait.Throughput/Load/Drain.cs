using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Plait.Throughput.Load;

/// <summary>
/// Receives without copying, so that the far end costs next to nothing and what is between counts: tcp(7), MSG_TRUNC.
/// </summary>
internal static partial class Drain
{
    private const int DiscardInKernel = 0x20; // MSG_TRUNC
    private const int MostAtOnce = 1 << 20;

    /// <summary>Waits for bytes and discards them.</summary>
    /// <returns>How many; 0 at the end, negative after a reset.</returns>
    internal static long Receive(Socket socket) => Receive((int)socket.Handle, 0, MostAtOnce, DiscardInKernel);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, nint buffer, nint length, int flags);
}
