using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>One forwarded connection.</summary>
/// <param name="Client">Who came to the forwarder.</param>
/// <param name="Source">What the target sees.</param>
internal sealed record ForwardedConnection(IPEndPoint Client, IPEndPoint Source);

/// <summary>
/// Forwards each connection to a fixed target from a 127.x.y.z address of its own, so that clients on one machine can
/// be told apart by address as clients in the world can.
/// </summary>
internal sealed class SourceAddressForwarder : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly IPEndPoint _target;
    private readonly Func<IPAddress> _next;
    private int _issued;

    private SourceAddressForwarder(IPEndPoint target, Func<IPAddress>? next)
    {
        _target = target;
        _next = next ?? NextAddress;
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>One for each connection, before a byte of it was forwarded.</summary>
    public Recorded<ForwardedConnection> Connections { get; } = new("forwarded connections");

    /// <summary>Forwards to <paramref name="target"/>, from 127.10.0.1, 127.10.0.2 and so on.</summary>
    public static SourceAddressForwarder Start(IPEndPoint target) => new(target, null);

    /// <summary>Forwards to <paramref name="target"/>, always from <paramref name="source"/>.</summary>
    public static SourceAddressForwarder Start(IPEndPoint target, IPAddress source) => new(target, () => source);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private IPAddress NextAddress()
    {
        int n = Interlocked.Increment(ref _issued);
        return new IPAddress([127, (byte)(10 + (n >> 16)), (byte)(n >> 8), (byte)n]);
    }

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        far.Bind(new IPEndPoint(_next(), 0));
        await far.ConnectAsync(_target, stop);
        Connections.Add(new((IPEndPoint)client.RemoteEndPoint!, (IPEndPoint)far.LocalEndPoint!));
        await client.RelayAsync(far, stop);
    }
}
