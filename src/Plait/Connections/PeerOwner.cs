using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Plait.Connections.Polling;

namespace Plait.Connections;

/// <summary>
/// Who owns the other end of a loopback connection: Linux tells through the socket-diagnosis netlink family (sock_diag(7)).
/// Guards listeners that have no other way to authenticate (C4, C15, G10).
/// </summary>
internal static partial class PeerOwner
{
    private const int NetlinkFamily = 16, RawSocket = 3, SockDiag = 4;
    private const ushort SockDiagByFamily = 20, Request = 1;

    private static readonly LastingAnswer s_tells = new(KnowsOurOwn);

    /// <summary>
    /// True if the connecting socket belongs to the user of this process. One that its owner has closed by now belongs to
    /// nobody: what it has sent may be anybody's, so that is false. Where the system does not tell whose sockets are, true:
    /// the check adds protection, it does not replace any. Where only a descriptor is lacking to ask with, false: a neighbour
    /// could bring that about.
    /// </summary>
    internal static bool IsOurUser(Socket accepted)
    {
        if (!OperatingSystem.IsLinux() || accepted.AddressFamily != AddressFamily.InterNetwork)
        {
            return true;
        }

        IPEndPoint? peer, local;
        try
        {
            (peer, local) = (accepted.RemoteEndPoint as IPEndPoint, accepted.LocalEndPoint as IPEndPoint);
        }
        catch (SocketException)
        {
            return false;
        }

        if (peer is null || local is null)
        {
            return false; // reset by now: it has no other end any more
        }

        return TryAsk(peer, local, out Owner? owner) && (owner is { } known ? known.IsUs : s_tells.Value == false);
    }

    /// <summary>
    /// Whether the program at the other end of a loopback connection, which has sent its FIN, has closed its socket. False while a process owns
    /// the socket (shutdown(2)); null where the system does not tell.
    /// </summary>
    internal static bool? HasClosed(IPEndPoint peer, IPEndPoint own) =>
        OperatingSystem.IsLinux() && TryAsk(peer, own, out Owner? owner) && owner is { HasFinished: true } known ? known.Inode == 0 : null;

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
            return TryAsk((IPEndPoint)ours.LocalEndPoint!, (IPEndPoint)ours.RemoteEndPoint!, out Owner? owner) ? owner is { IsUs: true } : null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.TooManyOpenSockets ? null : false;
        }
    }

    /// <summary>Who owns a socket: its user, and its inode, which is 0 once it is closed, and until it is accepted.</summary>
    private readonly record struct Owner(byte State, uint User, uint Inode)
    {
        // linux/tcp_states.h
        private const byte FinWait1 = 4, FinWait2 = 5, TimeWait = 6, LastAck = 9, Closing = 11;

        /// <summary>Its FIN is sent: its own side has been shut down, or closed.</summary>
        internal bool HasFinished => State is FinWait1 or FinWait2 or TimeWait or LastAck or Closing;

        internal bool IsUs => Inode != 0 && User == GetEffectiveUserId();
    }

    /// <summary>Asks for the owner of a socket; null if there is no such socket, or the system does not say.</summary>
    /// <returns>False where a descriptor is lacking to ask with.</returns>
    private static bool TryAsk(IPEndPoint source, IPEndPoint destination, out Owner? owner)
    {
        int descriptor = Libc.OpenSocket(NetlinkFamily, RawSocket | Libc.CloseOnExec, SockDiag);
        if (descriptor < 0)
        {
            owner = null;
            return !Descriptors.AreLacking(Libc.Error);
        }

        try
        {
            owner = OwnerOf(source, destination, descriptor);
            return true;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>The owner of the socket whose own address is <paramref name="source"/>, asked over a netlink socket.</summary>
    private static Owner? OwnerOf(IPEndPoint source, IPEndPoint destination, int descriptor)
    {
        // nlmsghdr (16): length, type, flags, sequence, port.  inet_diag_req_v2 (56): family, protocol, ext, pad,
        // states (4), then inet_diag_sockid (48): source port, destination port (big endian), source address (16),
        // destination address (16), interface (4), cookie (8; all ones: do not compare).
        Span<byte> message = stackalloc byte[72];
        message.Clear();
        BitConverter.TryWriteBytes(message, message.Length);
        BitConverter.TryWriteBytes(message[4..], SockDiagByFamily);
        BitConverter.TryWriteBytes(message[6..], Request);
        message[16] = (byte)(source.AddressFamily == AddressFamily.InterNetwork ? 2 : 10); // AF_INET, AF_INET6 of Linux
        message[17] = (byte)ProtocolType.Tcp;
        BitConverter.TryWriteBytes(message[20..], uint.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(message[24..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(message[26..], (ushort)destination.Port);
        source.Address.TryWriteBytes(message[28..], out _);
        destination.Address.TryWriteBytes(message[44..], out _);
        message[64..72].Fill(0xff);

        Span<byte> reply = stackalloc byte[512];
        if (Libc.Send(descriptor, message, message.Length, 0) != message.Length)
        {
            return null;
        }

        int length = (int)Libc.Receive(descriptor, reply, reply.Length, Libc.DontWait); // it is there when the question has been taken
        // inet_diag_msg (72) behind the header; its state stands at 1, its user id at 64, its inode at 68.
        return length >= 16 + 72 && BitConverter.ToUInt16(reply[4..]) == SockDiagByFamily
            ? new(reply[16 + 1], BitConverter.ToUInt32(reply[(16 + 64)..]), BitConverter.ToUInt32(reply[(16 + 68)..]))
            : null; // NLMSG_ERROR: no such socket, or not allowed to ask
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
