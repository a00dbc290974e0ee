using System.Net.Sockets;
using Plait.Connections;
using Plait.Relays;
using Plait.Tests.Support;

namespace Plait.Tests.Relays;

/// <summary>A relay at work, and the two ends of the world that it joins: <see cref="Near"/> is beyond its first side.</summary>
internal sealed class RelayRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly ByteConnection[] _joined;

    private RelayRun(ByteConnection near, ByteConnection first, ByteConnection second, ByteConnection far, RelaySettings settings)
    {
        Near = near;
        Far = far;
        _joined = [first, second];
        Ended = Relay.RunAsync(first, second, settings, _cancel.Token);
    }

    /// <summary>Settings under a clock that only the test moves: a relay that needs it in order to end, hangs.</summary>
    internal static RelaySettings Still { get; } = new() { LingerTimeout = TimeSpan.FromSeconds(60), Time = new FakeTime() };

    internal ByteConnection Near { get; }

    internal ByteConnection Far { get; }

    internal Task<RelayResult> Ended { get; }

    internal static RelayRun InMemory(RelaySettings settings, Action<ByteConnection, ByteConnection>? before = null)
    {
        (MemoryConnection near, MemoryConnection first) = MemoryConnection.Pair();
        (MemoryConnection second, MemoryConnection far) = MemoryConnection.Pair();
        before?.Invoke(near, far);
        return new(near, first, second, far, settings);
    }

    internal static async Task<RelayRun> OverLoopbackAsync(RelaySettings settings, byte[]? unreadOfFirst = null)
    {
        (Socket near, Socket first) = await Loopback.PairAsync();
        (Socket second, Socket far) = await Loopback.PairAsync();
        var joined = new SocketConnection(first);
        joined.Unconsumed(unreadOfFirst);
        return new(new SocketConnection(near), joined, new SocketConnection(second), new SocketConnection(far), settings);
    }

    internal Task CancelAsync() => _cancel.CancelAsync();

    internal Task<RelayResult> ResultAsync() => Ended.Within("the relay ends");

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync();
        await ResultAsync();
        foreach (ByteConnection each in _joined.Append(Near).Append(Far))
        {
            await each.DisposeAsync();
        }

        _cancel.Dispose();
    }
}
