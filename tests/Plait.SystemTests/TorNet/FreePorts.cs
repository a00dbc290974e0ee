using System.Net;
using System.Net.NetworkInformation;

namespace Plait.SystemTests.TorNet;

/// <summary>
/// Ports for programs that must know theirs beforehand. From below the range out of which the system serves port 0, so
/// that no outgoing connection takes one between the choice and the use.
/// </summary>
internal static class FreePorts
{
    private const int First = 12_000;
    private const int Last = 30_000;

    private static int s_next = Random.Shared.Next(First, Last);

    /// <summary>The same on 127.0.0.1, for ServerTransportListenAddr, which takes no port 0.</summary>
    public static IPEndPoint TakeEndPoint() => new(IPAddress.Loopback, Take());

    /// <summary>A port that nothing listens on, given out once.</summary>
    public static int Take()
    {
        IPEndPoint[] listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
        HashSet<int> taken = [.. listeners.Select(listener => listener.Port)];
        while (true)
        {
            int port = First + (Interlocked.Increment(ref s_next) % (Last - First));
            if (!taken.Contains(port))
            {
                return port;
            }
        }
    }
}
