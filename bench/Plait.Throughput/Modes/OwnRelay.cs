using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Relays;

namespace Plait.Throughput.Modes;

/// <summary>Mode <c>relay</c>: listens, and relays each connection to one target with Plait's own relay.</summary>
internal static class OwnRelay
{
    private static readonly Limits s_limits = new();
    private static readonly PollerSet s_pollers = new(); // to the end of the process
    private static readonly RelaySettings s_settings = new()
    {
        LingerTimeout = TimeSpan.FromSeconds(60),
        Pipes = new(s_limits.MaxPipes, s_limits.MaxLargePipes, Pipe.TryOpen),
    };

    internal static Task RunAsync(IPEndPoint target) => Listening.UntilStdinEndsAsync(async accepted =>
    {
        var outward = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await using var second = SocketConnection.Of(outward, s_pollers);
        await using var first = SocketConnection.Of(accepted, s_pollers);
        await second.ConnectAsync(target, CancellationToken.None);
        await Relay.RunAsync(first, second, s_settings, CancellationToken.None);
    });
}
