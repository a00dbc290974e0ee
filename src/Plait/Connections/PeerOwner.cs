using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Plait.Connections;

/// <summary>
/// Who owns the other end of a loopback connection: Linux tells through the socket-diagnosis netlink family (sock_diag(7)).
/// Guards listeners that have no other way to authenticate (C4, C15, G10).
/// </summary>
internal static partial class PeerOwner
{
    private const int NetlinkFamily = 16, RawSocket = 3, SockDiag = 4;
    private const ushort SockDiagByFamily = 20, Request = 1;

    /// <summary>
    /// True unless the system says that the connecting socket belongs to another user than this process. Where the
    /// system cannot tell, true: the check adds protection, it does not replace any. Where it only lacks a descriptor to
    /// tell, false: a neighbour could bring that about.
    /// </summary>
    internal static bool IsOurUser(Socket accepted)
    {
        if (!OperatingSystem.IsLinux() ||
            accepted.RemoteEndPoint is not IPEndPoint { AddressFamily: AddressFamily.InterNetwork } peer ||
            accepted.LocalEndPoint is not IPEndPoint local)
        {
            return true;
        }

        int descriptor = OpenSocket(NetlinkFamily, RawSocket, SockDiag);
        if (descriptor < 0)
        {
            return !Descriptors.AreLacking(Marshal.GetLastPInvokeError());
        }

        try
        {
            return UserOf(peer, local, descriptor) is not { } owner || owner == GetEffectiveUserId();
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// The user id that owns the socket whose own address is <paramref name="source"/>, asked over the netlink socket
    /// <paramref name="descriptor"/>; null if unknown.
    /// </summary>
    private static uint? UserOf(IPEndPoint source, IPEndPoint destination, int descriptor)
    {
        // nlmsghdr (16): length, type, flags, sequence, port.  inet_diag_req_v2 (56): family, protocol, ext, pad,
        // states (4), then inet_diag_sockid (48): source port, destination port (big endian), source address (16),
        // destination address (16), interface (4), cookie (8; all ones: do not compare).
        Span<byte> message = stackalloc byte[72];
        message.Clear();
        BitConverter.TryWriteBytes(message, message.Length);
        BitConverter.TryWriteBytes(message[4..], SockDiagByFamily);
        BitConverter.TryWriteBytes(message[6..], Request);
        message[16] = (byte)AddressFamily.InterNetwork;
        message[17] = (byte)ProtocolType.Tcp;
        BitConverter.TryWriteBytes(message[20..], uint.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(message[24..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(message[26..], (ushort)destination.Port);
        source.Address.TryWriteBytes(message[28..], out _);
        destination.Address.TryWriteBytes(message[44..], out _);
        message[64..72].Fill(0xff);

        Span<byte> reply = stackalloc byte[512];
        if (Send(descriptor, message, message.Length, 0) != message.Length)
        {
            return null;
        }

        int length = (int)Receive(descriptor, reply, reply.Length, 0);
        // inet_diag_msg (72) behind the header; its user id stands at 64.
        return length >= 16 + 72 && BitConverter.ToUInt16(reply[4..]) == SockDiagByFamily
            ? BitConverter.ToUInt32(reply[(16 + 64)..])
            : null; // NLMSG_ERROR: no such socket, or not allowed to ask
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
