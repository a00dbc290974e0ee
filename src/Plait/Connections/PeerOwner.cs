using System.Net;
using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Who owns the other end of a loopback connection: Linux tells through the socket-diagnosis netlink family (sock_diag(7)).
/// Guards listeners that have no other way to authenticate (C4, C15, G10).
/// </summary>
internal static class PeerOwner
{
    private static readonly LastingAnswer s_tells = new(KnowsOurOwn);

    /// <summary>
    /// True if the connecting socket belongs to the user of this process. One that its owner has closed by now belongs to
    /// nobody: what it has sent may be anybody's, so that is false. Where the system does not tell whose sockets are, true:
    /// the check adds protection, it does not replace any. Where only a descriptor is lacking to ask with, false: a neighbour
    /// could bring that about.
    /// </summary>
    internal static bool IsOurUser(SocketConnection accepted)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        if (accepted.Own is { AddressFamily: not AddressFamily.InterNetwork })
        {
            return true;
        }

        if (accepted.Peer is not { } peer || accepted.Own is not { } local)
        {
            return false; // reset by now: it has no other end any more
        }

        return TryAsk(peer, local, out TcpSocket? other) && (other is { } known ? IsOurs(known) : s_tells.Value == false);
    }

    /// <summary>
    /// Whether the program at the other end of a loopback connection, which has sent its FIN, has closed its socket. False while a process owns
    /// the socket (shutdown(2)); null where the system does not tell.
    /// </summary>
    internal static bool? HasClosed(IPEndPoint peer, IPEndPoint own) =>
        OperatingSystem.IsLinux() && TryAsk(peer, own, out TcpSocket? other) && other is { HasFinished: true } known ? !known.Owned : null;

    /// <summary>Whether the system knows a socket that is open, and ours: in some containers it knows none. Null without a descriptor.</summary>
    private static bool? KnowsOurOwn()
    {
        try
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(1);
            using var ours = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            ours.Connect(listener.LocalEndPoint!); // into the queue of the listener, at once
            return TryAsk((IPEndPoint)ours.LocalEndPoint!, (IPEndPoint)ours.RemoteEndPoint!, out TcpSocket? other) ? other is { } known && IsOurs(known) : null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.TooManyOpenSockets ? null : false;
        }
    }

    private static bool IsOurs(TcpSocket socket) => socket.Owned && socket.User == Libc.User;

    /// <summary>Asks for the socket at the other end; null if there is none, or the system does not say.</summary>
    /// <returns>False if no descriptor is left for the query.</returns>
    private static bool TryAsk(IPEndPoint local, IPEndPoint remote, out TcpSocket? socket)
    {
        using SockDiag? kernel = SockDiag.Open(out bool lacksDescriptor);
        socket = kernel?.Find(local, remote);
        return !lacksDescriptor;
    }
}
