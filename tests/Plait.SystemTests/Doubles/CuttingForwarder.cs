using System.Net;
using System.Net.Sockets;

namespace Plait.SystemTests.Doubles;

/// <summary>Forwards each connection to a fixed target, and breaks it off after some of the client's bytes: with a reset, or with an end.</summary>
internal sealed class CuttingForwarder : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly IPEndPoint _target;
    private readonly int _after;
    private readonly bool _reset;

    private CuttingForwarder(IPEndPoint target, int after, bool reset)
    {
        (_target, _after, _reset) = (target, after, reset);
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Forwards to <paramref name="target"/> and cuts after <paramref name="after"/> bytes from the client.</summary>
    public static CuttingForwarder Start(IPEndPoint target, int after, bool reset) => new(target, after, reset);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await far.ConnectAsync(_target, stop);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task back = far.CopyToAsync(client, cut.Token);
        byte[] buffer = new byte[4096];
        for (int left = _after; left > 0;)
        {
            int count = await client.ReceiveAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), stop);
            if (count == 0)
            {
                break;
            }

            await far.WriteAllAsync(buffer.AsMemory(0, count), stop);
            left -= count;
        }

        if (_reset)
        {
            far.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await cut.CancelAsync();
        far.Dispose();
        await back.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
