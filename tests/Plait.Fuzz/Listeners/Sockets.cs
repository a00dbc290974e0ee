using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Plait.Wire.Handshakes;

namespace Plait.Fuzz.Listeners;

/// <summary>Sockets as both the good and the bad use them here.</summary>
internal static class Sockets
{
    internal static async Task<Socket> ConnectAsync(EndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Runs one side of a handshake.</summary>
    /// <returns>What came after it; null if it failed.</returns>
    internal static async Task<byte[]?> RunAsync(this Socket socket, IHandshake handshake)
    {
        byte[] held = [];
        byte[] buffer = new byte[HandshakeLimits.BufferSize];
        var output = new ArrayBufferWriter<byte>();
        while (true)
        {
            HandshakeStep step = handshake.Advance(held, out int consumed, output);
            held = held[consumed..];
            await socket.SendAsync(output.WrittenMemory);
            output.Clear();
            if (step != HandshakeStep.Continue)
            {
                return step == HandshakeStep.Completed ? held : null;
            }

            int count = await socket.ReceiveAsync(buffer);
            if (count == 0)
            {
                return null;
            }

            held = [.. held, .. buffer.AsSpan(0, count)];
        }
    }

    /// <summary>Sends back what comes, and ends when the other side does.</summary>
    internal static Task EchoAsync(this Socket socket, byte[] first) => CopyAsync(socket, socket, first);

    /// <summary>Joins two sockets until both have ended.</summary>
    internal static Task RelayAsync(Socket one, Socket other) =>
        Task.WhenAll(CopyAsync(one, other, []), CopyAsync(other, one, []));

    private static async Task CopyAsync(Socket from, Socket to, byte[] first)
    {
        byte[] buffer = new byte[4096];
        try
        {
            await to.SendAsync(first);
            int count;
            while ((count = await from.ReceiveAsync(buffer)) > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            to.Dispose(); // one side went: so does the other
        }
    }
}
