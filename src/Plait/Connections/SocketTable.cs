using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// The TCP sockets of this machine at one port, as Linux lists them: by sock_diag(7), or, if that is refused, by
/// /proc/net/tcp and tcp6 (proc_net_tcp in the kernel's documentation).
/// </summary>
internal static class SocketTable
{
    /// <summary>Sockets at a port of this machine, in some states; null if the system gives no list.</summary>
    /// <param name="port">Their own port; 0 for every port.</param>
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
        using SockDiag? kernel = SockDiag.Open(out _);
        var found = new List<TcpSocket>();
        return kernel is not null
            && kernel.TryList(AddressFamily.InterNetwork, port, states, found)
            && kernel.TryList(AddressFamily.InterNetworkV6, port, states, found) ? found : null;
    }

    private static List<TcpSocket>? FromFiles(int port, uint states)
    {
        PollerThread.AssertNot();
        List<TcpSocket>? found = null;
        foreach (string file in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            try
            {
                foreach (string line in File.ReadLines(file).Skip(1))
                {
                    if (TryRead(line) is { } socket && (port == 0 || socket.Local.Port == port) && (states >> (int)socket.State & 1) != 0)
                    {
                        (found ??= []).Add(socket);
                    }
                }

                found ??= [];
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
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
            && uint.TryParse(fields[7], CultureInfo.InvariantCulture, out uint user)
            && uint.TryParse(fields[9], CultureInfo.InvariantCulture, out uint inode)
            ? new((TcpState)state, local, remote, waiting, user, inode)
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

        return new IPEndPoint(new IPAddress(bytes), number).Unmapped();
    }
}
