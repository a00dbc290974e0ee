using System.Net;
using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>Sockets both ends of which are on this machine.</summary>
internal static class LoopbackSockets
{
    /// <summary>
    /// Has a socket send what it has, at once, if it is to listen at or to connect to an address of this machine alone.
    /// Nothing is congested there; but an algorithm that paces, as BBR, which many a server has for its default, portions
    /// what it sends by a clock, and wakes for each portion. A listener passes it on to what it accepts.
    /// </summary>
    internal static void SendUnpaced(Socket socket, IPAddress address)
    {
        if (OperatingSystem.IsLinux() && IPAddress.IsLoopback(address))
        {
            Libc.UseCongestionControl(socket.SafeHandle, "reno"u8); // built into every kernel, and open to every user
        }
    }
}
