using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>
/// A listener on a loopback port that serves each connection in a task of its own. A connection that fails is
/// over, and so is its task; what else goes wrong in one comes out of <see cref="DisposeAsync"/>.
/// </summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly HashSet<Socket> _open = [];
    private readonly List<Task> _served = [];
    private readonly Task _accepting;

    /// <summary>Listens from now on.</summary>
    /// <param name="serve">Serves one connection; its socket is closed when the task ends.</param>
    public LoopbackListener(Func<Socket, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1024);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>How many connections are open now.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Waits until exactly so many connections are open.</summary>
    public Task WaitForOpenAsync(int count) =>
        Deadline.PollAsync(() => Open == count ? this : null, $"{count} open connections", details: () => $"open: {Open}");

    /// <summary>Ends every connection with a reset, and goes on listening.</summary>
    public void ResetConnections()
    {
        lock (_lock)
        {
            foreach (Socket socket in _open)
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Dispose();
            }
        }
    }

    /// <summary>Stops listening, so that the port refuses, and closes every connection. Safe to call twice.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] served;
        lock (_lock)
        {
            served = [.. _served];
        }

        await Task.WhenAll(served);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket peer = await _listener.AcceptAsync(_stop.Token);
                peer.NoDelay = true;
                lock (_lock)
                {
                    _open.Add(peer);
                    _served.RemoveAll(task => task.IsCompletedSuccessfully);
                    _served.Add(ServeAsync(peer));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket peer)
    {
        try
        {
            await Task.Yield();
            await _serve(peer, _stop.Token);
        }
        catch (Exception e) when (
            e is SocketException or EndOfStreamException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer went, or we were stopped.
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(peer);
                peer.Dispose();
            }
        }
    }
}
