using System.Net;
using System.Net.Sockets;

namespace Plait.Tests.Support;

/// <summary>Real sockets, connected with each other on this machine.</summary>
internal static class Loopback
{
    internal static async Task<(Socket Here, Socket There)> PairAsync()
    {
        using Socket listener = Listen();
        var here = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await here.ConnectAsync(listener.LocalEndPoint!, Deadline.Token);
        return (here, await listener.AcceptAsync(Deadline.Token));
    }

    internal static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    /// <summary>An address that nobody listens on.</summary>
    internal static IPEndPoint Closed()
    {
        using Socket listener = Listen();
        return (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>How the socket ends, read to its end: an EOF is <see cref="SocketError.Success"/>.</summary>
    internal static async Task<SocketError> EndAsync(this Socket socket)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, Deadline.Token).AsTask().Within("the connection ends") > 0)
            {
            }

            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>Closes so that the other side sees a reset.</summary>
    internal static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
