using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;

namespace Plait.Connections;

/// <summary>A state of a TCP socket: linux/tcp_states.h.</summary>
internal enum TcpState : byte
{
    /// <summary>A connection.</summary>
    Established = 1,

    /// <summary>A connection whose other side has finished writing.</summary>
    CloseWait = 8,

    /// <summary>A listener.</summary>
    Listen = 10,
}

/// <summary>One TCP socket of this machine.</summary>
/// <param name="State">Its state.</param>
/// <param name="Local">Its own address; IPv4-mapped ones as IPv4.</param>
/// <param name="Remote">The other end's, likewise.</param>
/// <param name="Waiting">For a listener: how many connections wait to be accepted.</param>
/// <param name="Owned">Whether a program has it: not so a connection that waits to be accepted.</param>
internal readonly record struct TcpSocket(TcpState State, IPEndPoint Local, IPEndPoint Remote, uint Waiting, bool Owned)
{
    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => State.ToString();
}

/// <summary>
/// The TCP sockets of this machine at one port, as Linux tells of them: by sock_diag(7), or, where that is refused, by
/// /proc/net/tcp and tcp6 (proc_net_tcp in the kernel's documentation).
/// </summary>
internal static class SocketTable
{
    private const int NetlinkFamily = 16, RawSocket = 3, SockDiag = 4; // netlink(7)
    private const ushort SockDiagByFamily = 20, Request = 0x1, Dump = 0x300, Done = 3, Failed = 2;
    private const int HeaderLength = 16, MessageLength = 72;

    /// <summary>Sockets at a port of this machine, in some states; null where the system does not tell of any.</summary>
    /// <param name="port">Their own port.</param>
    /// <param name="states">The states.</param>
    internal static List<TcpSocket>? At(int port, params ReadOnlySpan<TcpState> states)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        uint mask = 0;
        foreach (TcpState state in states)
        {
            mask |= 1u << (int)state;
        }

        return FromKernel(port, mask) ?? FromFiles(port, mask);
    }

    private static List<TcpSocket>? FromKernel(int port, uint states)
    {
        int descriptor = Libc.OpenSocket(NetlinkFamily, RawSocket | Libc.CloseOnExec, SockDiag);
        if (descriptor < 0)
        {
            return null;
        }

        try
        {
            var found = new List<TcpSocket>();
            return Ask(descriptor, AddressFamily.InterNetwork, 2, port, states, found)
                && Ask(descriptor, AddressFamily.InterNetworkV6, 10, port, states, found) ? found : null;
        }
        finally
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Has the kernel list the sockets of one family: inet_diag_req_v2 of linux/inet_diag.h, see <see cref="PeerOwner"/>.</summary>
    private static bool Ask(int descriptor, AddressFamily family, byte number, int port, uint states, List<TcpSocket> found)
    {
        Span<byte> question = stackalloc byte[MessageLength];
        question.Clear();
        BitConverter.TryWriteBytes(question, question.Length);
        BitConverter.TryWriteBytes(question[4..], SockDiagByFamily);
        BitConverter.TryWriteBytes(question[6..], (ushort)(Request | Dump));
        question[16] = number;
        question[17] = (byte)ProtocolType.Tcp;
        BitConverter.TryWriteBytes(question[20..], states);
        BinaryPrimitives.WriteUInt16BigEndian(question[24..], (ushort)port);
        if (Libc.Send(descriptor, question, question.Length, 0) != question.Length)
        {
            return false;
        }

        byte[] answer = new byte[32 * 1024]; // as much as the kernel puts into one
        while (true)
        {
            int length = (int)Libc.Receive(descriptor, answer, answer.Length, Libc.DontWait); // it is written as it is read
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
                    case SockDiagByFamily when size >= HeaderLength + MessageLength && size <= rest.Length:
                        found.Add(Read(rest[HeaderLength..], family));
                        break;
                }

                rest = rest[Math.Clamp((size + 3) & ~3, HeaderLength, rest.Length)..];
            }
        }
    }

    /// <summary>inet_diag_msg: state at 1, ports at 4 and 6, addresses at 8 and 24, queue at 56, inode at 68.</summary>
    private static TcpSocket Read(ReadOnlySpan<byte> message, AddressFamily family)
    {
        int length = family == AddressFamily.InterNetwork ? 4 : 16;
        return new(
            (TcpState)message[1],
            EndPoint(message.Slice(8, length), BinaryPrimitives.ReadUInt16BigEndian(message[4..])),
            EndPoint(message.Slice(24, length), BinaryPrimitives.ReadUInt16BigEndian(message[6..])),
            BitConverter.ToUInt32(message[56..]),
            BitConverter.ToUInt32(message[68..]) != 0);
    }

    private static List<TcpSocket>? FromFiles(int port, uint states)
    {
        List<TcpSocket>? found = null;
        foreach (string file in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            try
            {
                foreach (string line in File.ReadLines(file).Skip(1))
                {
                    if (TryRead(line) is { } socket && socket.Local.Port == port && (states >> (int)socket.State & 1) != 0)
                    {
                        (found ??= []).Add(socket);
                    }
                }

                found ??= [];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // No /proc, or no IPv6.
            }
        }

        return found;
    }

    /// <summary>A line of /proc/net/tcp: <c>sl local remote state tx:rx timer retransmits uid timeout inode</c>, in hexadecimal.</summary>
    internal static TcpSocket? TryRead(string line)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length >= 10
            && TryReadEndPoint(fields[1]) is { } local && TryReadEndPoint(fields[2]) is { } remote
            && byte.TryParse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out byte state)
            && fields[4].Split(':') is [_, var waits]
            && uint.TryParse(waits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint waiting)
            ? new((TcpState)state, local, remote, waiting, fields[9] != "0")
            : null;
    }

    /// <summary><c>0100007F:1F90</c>: words of four bytes, each as the machine stores a number, and the port.</summary>
    private static IPEndPoint? TryReadEndPoint(string text)
    {
        if (text.Split(':') is not [{ Length: 8 or 32 } address, var port] ||
            !ushort.TryParse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort number))
        {
            return null;
        }

        byte[] bytes = new byte[address.Length / 2];
        for (int word = 0; word < address.Length; word += 8)
        {
            if (!uint.TryParse(address.AsSpan(word, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint value))
            {
                return null;
            }

            BitConverter.TryWriteBytes(bytes.AsSpan(word / 2), value);
        }

        return EndPoint(bytes, number);
    }

    private static IPEndPoint EndPoint(ReadOnlySpan<byte> address, int port) => new IPEndPoint(new IPAddress(address), port).Unmapped();
}
