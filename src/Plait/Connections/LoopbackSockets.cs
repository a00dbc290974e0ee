using System.Net;
using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>Sockets both ends of which are on this machine.</summary>
internal static class LoopbackSockets
{
    /// <summary>
    /// Turns pacing off for a socket that listens at, or connects to, a loopback address. There is no congestion, but an algorithm that
    /// paces (BBR, the default of many servers) sends portions by a clock, and wakes for each. Accepted connections inherit it from the
    /// listener.
    /// </summary>
    internal static void SendUnpaced(Socket socket, IPAddress address)
    {
        if (OperatingSystem.IsLinux() && IPAddress.IsLoopback(address))
        {
            Libc.UseCongestionControl(socket.SafeHandle, "reno"u8); // built into every kernel, and open to every user
        }
    }
}
