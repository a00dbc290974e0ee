using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>
/// Keep-alive of sockets that face the network, as Go's net package sets it and obfs4proxy 0.0.14 shows it: a first probe after 15 s of
/// silence, then one each 15 s, as many as the system allows (tcp(7), tcp_keepalive_probes). A peer that vanished is noticed.
/// </summary>
internal static class KeepAlive
{
    private const int Seconds = 15;

    /// <summary>For a connection; or for a listener, which passes it on to what it accepts on Linux.</summary>
    internal static void Set(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds);
    }
}
