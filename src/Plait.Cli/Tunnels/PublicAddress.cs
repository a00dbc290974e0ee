using System.Net;
using System.Net.Sockets;

namespace Plait.Cli.Tunnels;

/// <summary>The address that stands in a bridge line.</summary>
internal static class PublicAddress
{
    // A packet to it would leave by the usual way; none is sent. Addresses of documentation: RFC 5737, RFC 3849.
    private static readonly IPEndPoint s_awayV4 = new(new IPAddress([192, 0, 2, 1]), 9);
    private static readonly IPEndPoint s_awayV6 = new(IPAddress.Parse("2001:db8::1"), 9);

    private static readonly IPNetwork[] s_private =
    [
        .. new[] { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10",
            "::1/128" }
            .Select(IPNetwork.Parse),
    ];

    /// <summary>The address at which this machine sends to the network, for one that listens at all of its addresses; null if it has none.</summary>
    internal static IPEndPoint? Of(IPEndPoint listening)
    {
        if (!listening.Address.Equals(IPAddress.Any) && !listening.Address.Equals(IPAddress.IPv6Any))
        {
            return listening;
        }

        IPAddress? own = OwnTowards(s_awayV4) ?? OwnTowards(s_awayV6);
        return own is null ? null : new(own, listening.Port);
    }

    /// <summary>Whether clients from elsewhere cannot use it.</summary>
    internal static bool IsPrivate(IPAddress address) => Array.Exists(s_private, network => network.Contains(address));

    private static IPAddress? OwnTowards(IPEndPoint away)
    {
        try
        {
            using var socket = new Socket(away.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(away);
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null; // no such way
        }
    }
}
