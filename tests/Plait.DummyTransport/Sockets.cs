using System.Net;
using System.Net.Sockets;

namespace Plait.DummyTransport;

/// <summary>What both roles do with sockets.</summary>
internal static class Sockets
{
    public static Socket Listen(IPEndPoint address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(address);
        listener.Listen(1024);
        return listener;
    }

    public static async Task<Socket> ConnectAsync(EndPoint target)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static async Task<byte[]> ReadAsync(this Socket socket, int count, CancellationToken cancellationToken = default)
    {
        byte[] buffer = new byte[count];
        for (int have = 0; have < count;)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(have), cancellationToken);
            have += read > 0 ? read : throw new EndOfStreamException();
        }

        return buffer;
    }

    public static async Task WriteAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Moves bytes both ways, unchanged. An end passes on as an end, a reset as a reset.</summary>
    public static async Task RelayAsync(Socket near, Socket far)
    {
        try
        {
            Task[] ways = [CopyAsync(near, far), CopyAsync(far, near)];
            Task first = await Task.WhenAny(ways);
            await first;
            await Task.WhenAll(ways);
        }
        catch (SocketException)
        {
            near.LingerState = far.LingerState = new LingerOption(enable: true, seconds: 0);
            near.Dispose();
            far.Dispose();
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await from.ReceiveAsync(buffer)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read));
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
