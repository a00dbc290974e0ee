using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Asks the kernel for its TCP sockets over a netlink socket: sock_diag(7), with inet_diag_req_v2 and inet_diag_msg of
/// linux/inet_diag.h.
/// </summary>
internal sealed class SockDiag : IDisposable
{
    private readonly int _descriptor;

    private SockDiag(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens a netlink socket.</summary>
    /// <param name="lacksDescriptor">Whether it could not be opened for want of a descriptor.</param>
    /// <returns>Null where the system has none.</returns>
    internal static SockDiag? Open(out bool lacksDescriptor)
    {
        lacksDescriptor = false;
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        int descriptor = Libc.OpenSocket(Libc.NetlinkFamily, Libc.RawSocket | Libc.CloseOnExec, Netlink.SockDiagProtocol);
        lacksDescriptor = descriptor < 0 && Descriptors.AreLacking(Libc.Error);
        return descriptor < 0 ? null : new(descriptor);
    }

    /// <summary>The socket of one connection; null if there is none, or the system gives no answer.</summary>
    /// <param name="local">Its own address.</param>
    /// <param name="remote">The other end's.</param>
    internal TcpSocket? Find(IPEndPoint local, IPEndPoint remote)
    {
        Span<byte> question = stackalloc byte[Netlink.QuestionLength];
        Begin(question, Netlink.Request, local.AddressFamily, uint.MaxValue, local.Port);
        BinaryPrimitives.WriteUInt16BigEndian(question[26..], (ushort)remote.Port);
        local.Address.TryWriteBytes(question[28..], out _);
        remote.Address.TryWriteBytes(question[44..], out _);
        question[64..].Fill(0xff); // the cookie: not compared
        if (!Send(question))
        {
            return null;
        }

        Span<byte> answer = stackalloc byte[512];
        int length = (int)Libc.Receive(_descriptor, answer, answer.Length, Libc.DontWait); // it is there once the question has been sent
        return length >= Netlink.AnswerLength && BitConverter.ToUInt16(answer[4..]) == Netlink.SockDiagByFamily
            ? Read(answer[Netlink.HeaderLength..], local.AddressFamily)
            : null; // NLMSG_ERROR: no such socket, or not allowed to ask
    }

    /// <summary>Lists the sockets of one family at a port of this machine.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="port">Their own port; 0 for every port.</param>
    /// <param name="states">A bit for each <see cref="TcpState"/>.</param>
    /// <param name="found">Where they are added.</param>
    /// <returns>False if the system gives no answer.</returns>
    internal bool TryList(AddressFamily family, int port, uint states, List<TcpSocket> found)
    {
        Span<byte> question = stackalloc byte[Netlink.QuestionLength];
        Begin(question, Netlink.Request | Netlink.Dump, family, states, port);
        if (!Send(question))
        {
            return false;
        }

        byte[] answer = new byte[Netlink.LongestAnswer];
        while (true)
        {
            int length = (int)Libc.Receive(_descriptor, answer, answer.Length, Libc.DontWait); // it is written as it is read
            if (length <= 0)
            {
                return false;
            }

            for (ReadOnlySpan<byte> rest = answer.AsSpan(0, length); rest.Length >= Netlink.HeaderLength;)
            {
                int size = BitConverter.ToInt32(rest);
                switch (BitConverter.ToUInt16(rest[4..]))
                {
                    case Netlink.Done:
                        return true;
                    case Netlink.Failed:
                        return false;
                    case Netlink.SockDiagByFamily when size >= Netlink.AnswerLength && size <= rest.Length:
                        found.Add(Read(rest[Netlink.HeaderLength..], family));
                        break;
                }

                rest = rest[Math.Clamp((size + 3) & ~3, Netlink.HeaderLength, rest.Length)..];
            }
        }
    }

    public void Dispose() => _ = Libc.Close(_descriptor);

    /// <summary>
    /// Family, protocol, extensions, padding, states (4), then inet_diag_sockid: source port, destination port (big endian), source
    /// address (16), destination address (16), interface (4), cookie (8).
    /// </summary>
    private static void Begin(Span<byte> question, int flags, AddressFamily family, uint states, int port)
    {
        question.Clear();
        BitConverter.TryWriteBytes(question, question.Length);
        BitConverter.TryWriteBytes(question[4..], Netlink.SockDiagByFamily);
        BitConverter.TryWriteBytes(question[6..], (ushort)flags);
        question[16] = (byte)(family == AddressFamily.InterNetwork ? Libc.IPv4Family : Libc.IPv6Family);
        question[17] = (byte)ProtocolType.Tcp;
        BitConverter.TryWriteBytes(question[20..], states);
        BinaryPrimitives.WriteUInt16BigEndian(question[24..], (ushort)port);
    }

    private bool Send(ReadOnlySpan<byte> question) => Libc.Send(_descriptor, question, question.Length, 0) == question.Length;

    /// <summary>State at 1, ports at 4 and 6, addresses at 8 and 24, accept queue at 56, user id at 64, inode at 68.</summary>
    private static TcpSocket Read(ReadOnlySpan<byte> message, AddressFamily family)
    {
        int length = family == AddressFamily.InterNetwork ? 4 : 16;
        return new(
            (TcpState)message[1],
            EndPoint(message.Slice(8, length), BinaryPrimitives.ReadUInt16BigEndian(message[4..])),
            EndPoint(message.Slice(24, length), BinaryPrimitives.ReadUInt16BigEndian(message[6..])),
            BitConverter.ToUInt32(message[56..]),
            BitConverter.ToUInt32(message[64..]),
            BitConverter.ToUInt32(message[68..]));
    }

    private static IPEndPoint EndPoint(ReadOnlySpan<byte> address, int port) => new IPEndPoint(new IPAddress(address), port).Unmapped();
}
