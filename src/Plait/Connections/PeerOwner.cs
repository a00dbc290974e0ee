using System.Net;
using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// The owner of the other end of a loopback connection, which Linux reports through the socket-diagnosis family of netlink
/// (sock_diag(7)). Guards listeners that have no other way to authenticate (C4, C15, G10).
/// </summary>
internal static class PeerOwner
{
    private static readonly LastingAnswer s_reportsOwners = new(KnowsOurOwn);

    /// <summary>
    /// Whether the connecting socket belongs to the user of this process. False if it is closed by now: its owner is not known, and may
    /// have been any user. True if the system does not report owners: the check adds protection, it does not replace any. False if no
    /// descriptor is left for the query: another user could provoke that.
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
            return false; // reset by now
        }

        return TryAsk(peer, local, out TcpSocket? other) && (other is { } known ? IsOurs(known) : s_reportsOwners.Value == false);
    }

    /// <summary>
    /// Whether the program at the other end of a loopback connection, which has sent its FIN, has closed its socket. False while a process owns
    /// the socket (shutdown(2)); null if the system does not report owners.
    /// </summary>
    internal static bool? HasClosed(IPEndPoint peer, IPEndPoint own) =>
        OperatingSystem.IsLinux() && TryAsk(peer, own, out TcpSocket? other) && other is { HasFinished: true } known ? !known.Owned : null;

    /// <summary>Whether the system reports the owner of a socket of ours: in some containers it reports none. Null without a descriptor for the query.</summary>
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

    /// <summary>Asks for the socket at the other end; null if there is none, or the system gives no answer.</summary>
    /// <returns>False if no descriptor is left for the query.</returns>
    private static bool TryAsk(IPEndPoint local, IPEndPoint remote, out TcpSocket? socket)
    {
        using SockDiag? kernel = SockDiag.Open(out bool lacksDescriptor);
        socket = kernel?.Find(local, remote);
        return !lacksDescriptor;
    }
}
