using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>Sends back what it receives, connection by connection, and ends when the peer ends.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly LoopbackListener _listener;

    private EchoServer() => _listener = new(ServeAsync);

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>The address of each peer, in the order of arrival.</summary>
    public Recorded<IPEndPoint> Accepted { get; } = new("connections at the echo server");

    /// <summary>How many connections are open now.</summary>
    public int Open => _listener.Open;

    /// <summary>Starts one on a free port.</summary>
    public static EchoServer Start() => new();

    /// <summary>Waits until exactly so many connections are open.</summary>
    public Task WaitForOpenAsync(int count) => _listener.WaitForOpenAsync(count);

    /// <summary>Ends every connection with a reset.</summary>
    public void ResetConnections() => _listener.ResetConnections();

    /// <summary>Closes everything; the port refuses from now on.</summary>
    public Task StopAsync() => _listener.StopAsync();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        Accepted.Add((IPEndPoint)peer.RemoteEndPoint!);
        await peer.CopyToAsync(peer, stop);
    }
}
