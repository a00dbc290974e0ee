using System.Net;
using System.Net.Sockets;

namespace Plait.Tests.Support;

/// <summary>Real sockets, connected with each other on this machine.</summary>
internal static class Loopback
{
    private static readonly Socket s_closed = Bind();

    internal static async Task<(Socket Here, Socket There)> PairAsync()
    {
        using Socket listener = Listen();
        var here = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await here.ConnectAsync(listener.LocalEndPoint!, Deadline.Token);
        return (here, await listener.AcceptAsync(Deadline.Token));
    }

    internal static Socket Listen()
    {
        Socket listener = Bind();
        listener.Listen();
        return listener;
    }

    /// <summary>An address that refuses connections: bound for as long as the tests run, so that no other test is given its port.</summary>
    internal static IPEndPoint Closed => (IPEndPoint)s_closed.LocalEndPoint!;

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

    /// <summary>Closes so that the other side sees a reset, at once or a moment later: see <see cref="CloseAtOnce"/>.</summary>
    internal static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>
    /// Closes a listener with its queue, or ends this side of a connection, before this returns. A close alone does neither while a program that
    /// another test starts holds a copy of the descriptor, as each does between fork(2) and execve(2).
    /// </summary>
    internal static void CloseAtOnce(this Socket socket)
    {
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
