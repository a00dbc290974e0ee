using System.Net;
using System.Net.Sockets;

namespace Plait.Throughput.Modes;

/// <summary>What the hidden modes share: a listener whose address is the only line they say, until their stdin ends.</summary>
internal static class Listening
{
    /// <summary>Serves each connection, which the handler owns.</summary>
    internal static async Task UntilStdinEndsAsync(Func<Socket, Task> serve)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        await Console.Out.WriteLineAsync(listener.LocalEndPoint!.ToString());
        _ = AcceptAsync(listener, serve);
        await using Stream input = Console.OpenStandardInput();
        await input.CopyToAsync(Stream.Null);
    }

    private static async Task AcceptAsync(Socket listener, Func<Socket, Task> serve)
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptAsync(), serve);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The process ends.
        }
    }

    private static async Task ServeAsync(Socket accepted, Func<Socket, Task> serve)
    {
        try
        {
            await serve(accepted);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // This connection's end.
        }
    }
}
