using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Wire.Pt;
using Plait.Wire.Socks;

namespace Plait.Throughput.Modes;

/// <summary>
/// Mode <c>join-client</c>: SOCKS ports of transports, nearest to tor first, joined by a listener for each connection. No
/// process control, no checks, no reasons, no limits.
/// </summary>
internal static class ClientJoiner
{
    internal static Task RunAsync(IPEndPoint[] socksPorts) => Listening.UntilStdinEndsAsync(tor => ServeAsync(tor, socksPorts));

    private static async Task ServeAsync(Socket tor, IPEndPoint[] socksPorts)
    {
        var application = new SocketConnection(tor);
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        if (!(await HandshakeRunner.RunAsync(application, handshake, CancellationToken.None)).Completed ||
            !ChainArguments.TryDistribute(
                handshake.Request!.Arguments, socksPorts.Length, out IReadOnlyList<PtArguments> arguments, out _))
        {
            return;
        }

        Socket stream = await DialAsync(socksPorts[^1], handshake.Request.Target, arguments[^1]);
        for (int hop = socksPorts.Length - 2; hop >= 0; hop--)
        {
            stream = await JoinAsync(socksPorts[hop], arguments[hop], stream);
        }

        var reply = new ArrayBufferWriter<byte>();
        SocksReply.Write(handshake.Request.Version, SocksReplyCode.Succeeded, reply);
        await application.WriteAsync(reply.WrittenMemory, CancellationToken.None);
        await PlainCopy.RunAsync(tor, stream, firstByteHold: null);
    }

    /// <summary>Lets a hop dial a listener of ours, behind which is the next hop's stream.</summary>
    private static async Task<Socket> JoinAsync(IPEndPoint socksPort, PtArguments arguments, Socket onward)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        _ = AcceptAndRelayAsync(listener, onward);
        return await DialAsync(socksPort, listener.LocalEndPoint!, arguments);
    }

    private static async Task AcceptAndRelayAsync(Socket listener, Socket onward)
    {
        try
        {
            using Socket accepted = await listener.AcceptAsync();
            await PlainCopy.RunAsync(accepted, onward, firstByteHold: null);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            onward.Dispose();
        }
    }

    private static async Task<Socket> DialAsync(IPEndPoint socksPort, EndPoint target, PtArguments arguments)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(socksPort);
        var handshake = SocksClientHandshake.ForTransport(SocksVersion.Socks5, target, arguments);
        var connection = new SocketConnection(socket);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(connection, handshake, CancellationToken.None);
        return outcome.Completed ? socket : throw new IOException(outcome.Why?.ToString());
    }
}
