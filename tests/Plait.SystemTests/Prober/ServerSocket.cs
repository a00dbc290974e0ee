using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Prober;

/// <summary>The bridge's end of a connection, as /proc/net/tcp and /proc/net/tcp6 show it (proc_net_tcp.rst).</summary>
internal static class ServerSocket
{
    private const int KeepAliveTimer = 2;
    private const int TicksPerSecond = 100; // USER_HZ
    private const int GoKeepAlive = 15; // net.defaultTCPKeepAliveIdle
    private const int Polls = 4;

    // The files have all connections of the machine, and take a while to write.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Connects, sends nothing, and waits for a keep-alive timer.</summary>
    public static async Task<Sight> LookAtKeepAliveAsync(Suspect suspect)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(suspect.At(AddressFamily.InterNetwork));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return Probe.Refused;
        }

        using var pace = new PeriodicTimer(s_pollInterval);
        for (int i = 0; i < Polls; i++)
        {
            if (KeepAliveOf(client) is { } timer)
            {
                return timer;
            }

            await pace.WaitForNextTickAsync();
        }

        return new("none");
    }

    /// <summary>The keep-alive timer of the other end; null where it has another, or none: that of a retransmission takes its place for a moment.</summary>
    private static Sight? KeepAliveOf(Socket client)
    {
        int bridge = ((IPEndPoint)client.RemoteEndPoint!).Port;
        int own = ((IPEndPoint)client.LocalEndPoint!).Port;
        foreach (string line in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.SelectMany(file => File.ReadLines(file).Skip(1)))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (PortOf(fields[1]) == bridge && PortOf(fields[2]) == own)
            {
                string[] timer = fields[5].Split(':'); // what it is for, and how long it has
                int ticks = int.Parse(timer[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                return int.Parse(timer[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) == KeepAliveTimer
                    ? new(ticks <= GoKeepAlive * TicksPerSecond ? "after 15 s" : "later than after 15 s")
                    : null;
            }
        }

        return null;
    }

    private static int PortOf(string endPoint) => int.Parse(endPoint.Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
