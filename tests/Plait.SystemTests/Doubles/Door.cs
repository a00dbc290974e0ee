using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>Forwards each connection to a fixed target while it is open; shut, it has no connection, and closes each client that comes.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly IPEndPoint _target;
    private volatile bool _open;

    private Door(IPEndPoint target)
    {
        _target = target;
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>One to <paramref name="target"/> that is still shut.</summary>
    public static Door ShutTo(IPEndPoint target) => new(target);

    /// <summary>Lets connections through.</summary>
    public void Open() => _open = true;

    /// <summary>Resets what goes through it, and lets nothing through.</summary>
    public void Shut()
    {
        _open = false;
        _listener.ResetConnections();
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (_open)
        {
            await far.ConnectAsync(_target, stop);
            await client.RelayAsync(far, stop);
        }
    }
}
