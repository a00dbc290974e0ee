using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.Connections;
using Plait.Wire.ExtOrPort;

namespace Plait.Throughput.Modes;

/// <summary>Mode <c>join-server</c>: the Extended ORPort of one transport, behind which the next one inwards listens.</summary>
internal static class ServerJoiner
{
    // As Limits.FirstByteHold.
    private static readonly TimeSpan s_firstByteHold = TimeSpan.FromSeconds(2);

    internal static async Task RunAsync(IPEndPoint inward, string cookieFile)
    {
        AuthCookie cookie = AuthCookie.Create(RandomNumberGenerator.GetBytes(32));
        await File.WriteAllBytesAsync(cookieFile, cookie.FormatFile());
        await Listening.UntilStdinEndsAsync(outer => ServeAsync(outer, inward, cookie));
    }

    private static async Task ServeAsync(Socket outer, IPEndPoint inward, AuthCookie cookie)
    {
        var connection = new SocketConnection(outer);
        var handshake = new ExtOrPortServerHandshake(cookie, RandomNumberGenerator.GetBytes(32));
        if (!(await HandshakeRunner.RunAsync(connection, handshake, CancellationToken.None)).Completed)
        {
            return;
        }

        var inner = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await inner.ConnectAsync(inward);
        await connection.WriteAsync(ExtOrPortReply.Okay.ToArray(), CancellationToken.None);
        await PlainCopy.RunAsync(outer, inner, s_firstByteHold);
    }
}
