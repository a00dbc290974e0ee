using System.Net;
using System.Net.NetworkInformation;

namespace Plait.SystemTests.Packaging;

/// <summary>Ports that take a permission to listen on.</summary>
internal static class LowPorts
{
    private const int First = 600;
    private const int Last = 1023;

    /// <summary>One on 127.0.0.1 that nothing listens on.</summary>
    public static IPEndPoint TakeEndPoint()
    {
        HashSet<int> taken = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)];
        int[] free = [.. Enumerable.Range(First, Last - First + 1).Where(port => !taken.Contains(port))];
        return new(IPAddress.Loopback, free[Random.Shared.Next(free.Length)]);
    }
}
