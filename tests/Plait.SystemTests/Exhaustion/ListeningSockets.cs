using System.Globalization;
using System.Net;

namespace Plait.SystemTests.Exhaustion;

/// <summary>Where a process listens, from /proc.</summary>
internal static class ListeningSockets
{
    private const string Listening = "0A"; // TCP_LISTEN, linux/tcp_states.h

    /// <summary>Its TCP listeners of IPv4, as addresses of this machine.</summary>
    public static IReadOnlyList<IPEndPoint> Of(int pid)
    {
        HashSet<string> own = [.. new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos().Select(entry => entry.LinkTarget ?? "")];
        return
        [
            // proc(5), net/tcp: number, local address and port in hexadecimal, remote, state, ..., the inode tenth.
            .. from line in File.ReadLines("/proc/net/tcp").Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == Listening && own.Contains($"socket:[{fields[9]}]")
               select new IPEndPoint(IPAddress.Loopback, int.Parse(fields[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        ];
    }
}
