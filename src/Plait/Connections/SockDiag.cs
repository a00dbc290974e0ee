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
    private const int NetlinkFamily = 16, RawSocket = 3, SockDiagProtocol = 4; // netlink(7)
    private const ushort SockDiagByFamily = 20, Request = 0x1, Dump = 0x300, Done = 3, Failed = 2;

    // nlmsghdr is 16 bytes: length, type, flags, sequence, port. A question is 56 more, an answer 72.
    private const int HeaderLength = 16, QuestionLength = HeaderLength + 56, AnswerLength = HeaderLength + 72;

    // As much as the kernel puts into one message of a list.
    private const int LongestAnswer = 32 * 1024;

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

        int descriptor = Libc.OpenSocket(NetlinkFamily, RawSocket | Libc.CloseOnExec, SockDiagProtocol);
        lacksDescriptor = descriptor < 0 && Descriptors.AreLacking(Libc.Error);
        return descriptor < 0 ? null : new(descriptor);
    }

    /// <summary>The socket of one connection; null if there is none, or the system does not say.</summary>
    /// <param name="local">Its own address.</param>
    /// <param name="remote">The other end's.</param>
    internal TcpSocket? Find(IPEndPoint local, IPEndPoint remote)
    {
        Span<byte> question = stackalloc byte[QuestionLength];
        Begin(question, Request, local.AddressFamily, uint.MaxValue, local.Port);
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
        return length >= AnswerLength && BitConverter.ToUInt16(answer[4..]) == SockDiagByFamily
            ? Read(answer[HeaderLength..], local.AddressFamily)
            : null; // NLMSG_ERROR: no such socket, or not allowed to ask
    }

    /// <summary>Lists the sockets of one family at a port of this machine.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="port">Their own port.</param>
    /// <param name="states">A bit for each <see cref="TcpState"/>.</param>
    /// <param name="found">Where they are added.</param>
    /// <returns>False if the system does not say.</returns>
    internal bool TryList(AddressFamily family, int port, uint states, List<TcpSocket> found)
    {
        Span<byte> question = stackalloc byte[QuestionLength];
        Begin(question, Request | Dump, family, states, port);
        if (!Send(question))
        {
            return false;
        }

        byte[] answer = new byte[LongestAnswer];
        while (true)
        {
            int length = (int)Libc.Receive(_descriptor, answer, answer.Length, Libc.DontWait); // it is written as it is read
            if (length <= 0)
            {
                return false;
            }

            for (ReadOnlySpan<byte> rest = answer.AsSpan(0, length); rest.Length >= HeaderLength;)
            {
                int size = BitConverter.ToInt32(rest);
                switch (BitConverter.ToUInt16(rest[4..]))
                {
                    case Done:
                        return true;
                    case Failed:
                        return false;
                    case SockDiagByFamily when size >= AnswerLength && size <= rest.Length:
                        found.Add(Read(rest[HeaderLength..], family));
                        break;
                }

                rest = rest[Math.Clamp((size + 3) & ~3, HeaderLength, rest.Length)..];
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
        BitConverter.TryWriteBytes(question[4..], SockDiagByFamily);
        BitConverter.TryWriteBytes(question[6..], (ushort)flags);
        question[16] = (byte)(family == AddressFamily.InterNetwork ? 2 : 10); // AF_INET, AF_INET6 of Linux
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
