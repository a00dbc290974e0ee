using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Plait.Fuzz.Listeners;

/// <summary>A listener of ours that Plait connects to: a child's transport, tor, a proxy.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Socket, Task> _serve;
    private readonly ConcurrentQueue<Func<Socket, Task>> _once = new();
    private readonly ConcurrentDictionary<Task, Socket> _served = new();
    private readonly Task _accepting;

    /// <param name="serve">Serves one connection, which is closed when it returns.</param>
    internal LoopbackServer(Func<Socket, Task> serve)
    {
        _serve = serve;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    internal IPEndPoint EndPoint { get; }

    /// <summary>Connections that are being served.</summary>
    internal int Open => _served.Count;

    /// <summary>Serves the next connection in another way.</summary>
    internal void Once(Func<Socket, Task> serve) => _once.Enqueue(serve);

    /// <summary>No connection is served in another way any more.</summary>
    internal void ForgetOnce() => _once.Clear();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (Socket socket in _served.Values)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_served.Keys);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                var begin = new TaskCompletionSource();
                Task served = ServeAsync(socket, _once.TryDequeue(out Func<Socket, Task>? once) ? once : _serve, begin.Task);
                _served[served] = socket;
                _ = ForgetAsync(served);
                begin.SetResult();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ForgetAsync(Task served)
    {
        await served.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _served.TryRemove(served, out _);
    }

    private static async Task ServeAsync(Socket socket, Func<Socket, Task> serve, Task begin)
    {
        using (socket)
        {
            await begin;
            await Task.Yield();
            try
            {
                await serve(socket);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The other side went, or we were stopped.
            }
        }
    }
}
