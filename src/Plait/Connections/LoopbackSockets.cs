using System.Net;
using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>Sockets both ends of which are on this machine.</summary>
internal static class LoopbackSockets
{
    // tcp(7): TCP_CONGESTION. Reno is built into every kernel, and everybody may choose it.
    private const int Tcp = 6, CongestionControl = 13;

    /// <summary>
    /// Has a socket send what it has, at once, if it is to listen at or to connect to an address of this machine alone.
    /// Nothing is congested there; but an algorithm that paces, as BBR, which many a server has for its default, portions
    /// what it sends by a clock, and wakes for each portion. A listener passes it on to what it accepts.
    /// </summary>
    internal static void SendUnpaced(Socket socket, IPAddress address)
    {
        if (!OperatingSystem.IsLinux() || !IPAddress.IsLoopback(address))
        {
            return;
        }

        try
        {
            socket.SetRawSocketOption(Tcp, CongestionControl, "reno"u8);
        }
        catch (SocketException)
        {
            // Not to be had here: then as the system has it.
        }
    }
}
