using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>Sockets both ends of which are on this machine.</summary>
internal static class LoopbackSockets
{
    // Connections of other programs that wait before ours.
    private const int Backlog = 16;

    /// <summary>
    /// Two connected TCP sockets. Unlike those of <see cref="UnixSockets.Pair"/> they pass a reset on (G9): unix(7) knows only an end.
    /// </summary>
    /// <exception cref="SocketException">No descriptor or port is left.</exception>
    internal static async Task<(SocketConnection One, SocketConnection Other)> PairAsync(PollerSet pollers, CancellationToken cancellationToken)
    {
        Socket listener = ExclusiveBind.Bind(new(IPAddress.Loopback, 0));
        using Acceptor acceptor = Acceptor.Of(listener, pollers);
        SendUnpaced(listener, IPAddress.Loopback);
        acceptor.Listen(Backlog);
        return await PairAsync(acceptor, pollers, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same, by a listener at the loopback address, which stays.</summary>
    /// <inheritdoc cref="PairAsync(PollerSet, CancellationToken)"/>
    internal static async Task<(SocketConnection One, SocketConnection Other)> PairAsync(
        Acceptor acceptor, PollerSet pollers, CancellationToken cancellationToken)
    {
        var address = (IPEndPoint)acceptor.Listener.LocalEndPoint!;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SendUnpaced(socket, IPAddress.Loopback);
        var one = SocketConnection.Of(socket, pollers);
        try
        {
            await one.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            IPEndPoint? own = one.Own;
            while (true)
            {
                SocketConnection other = await acceptor.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (own is not null && own.Equals(other.Peer))
                {
                    return (one, other);
                }

                other.Abort(); // of another program, which has found the port (G10)
            }
        }
        catch
        {
            await one.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Turns pacing off for a socket that listens at, or connects to, a loopback address. There is no congestion, but an algorithm that
    /// paces (BBR, the default of many servers) sends portions by a clock, and wakes for each. Accepted connections inherit it from the
    /// listener.
    /// </summary>
    internal static void SendUnpaced(Socket socket, IPAddress address)
    {
        if (OperatingSystem.IsLinux() && IPAddress.IsLoopback(address))
        {
            Libc.UseCongestionControl(socket.SafeHandle, "reno"u8); // built into every kernel, and open to every user
        }
    }
}
