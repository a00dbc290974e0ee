using System.Net.Sockets;

namespace Plait.Throughput.Load;

/// <summary>Streams that send as fast as they can, one thread each, until disposed.</summary>
internal sealed class Streams : IDisposable
{
    // Large enough for few system calls, small enough to stay in a processor's cache.
    private const int BlockSize = 128 * 1024;

    private readonly List<Socket> _sockets = [];
    private readonly List<Thread> _threads = [];

    /// <summary>Opens so many streams and lets them send.</summary>
    internal Streams(int count, Func<Socket> open)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                Socket socket = open();
                _sockets.Add(socket);
                BlockingSockets.Ask(socket, Sink.Count);
                socket.SendTimeout = 0;
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        foreach (Socket socket in _sockets)
        {
            var thread = new Thread(() => Send(socket)) { IsBackground = true };
            thread.Start();
            _threads.Add(thread);
        }
    }

    public void Dispose()
    {
        foreach (Socket socket in _sockets)
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0); // what is under way is of no use any more
                socket.Shutdown(SocketShutdown.Both); // wakes the thread
            }
            catch (SocketException)
            {
                // Already gone.
            }
        }

        _threads.ForEach(thread => thread.Join());
        _sockets.ForEach(socket => socket.Dispose());
    }

    private static void Send(Socket socket)
    {
        byte[] block = new byte[BlockSize];
        Random.Shared.NextBytes(block);
        try
        {
            while (true)
            {
                socket.Send(block);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Told to stop.
        }
    }
}
