using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Relays;

namespace Plait.Throughput.Modes;

/// <summary>Mode <c>relay</c>: listens, and relays each connection to one target with Plait's own relay.</summary>
internal static class OwnRelay
{
    private static readonly RelaySettings s_settings = new() { LingerTimeout = TimeSpan.FromSeconds(60) };

    internal static Task RunAsync(IPEndPoint target) => Listening.UntilStdinEndsAsync(async accepted =>
    {
        var outward = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await using var second = new SocketConnection(outward);
        await using var first = new SocketConnection(accepted);
        await outward.ConnectAsync(target);
        await Relay.RunAsync(first, second, s_settings, CancellationToken.None);
    });
}
