using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Relays;
using Plait.Tests.Support;

namespace Plait.Tests.Relays;

/// <summary>The relays that two sockets can have between them. They keep one contract.</summary>
public enum RelayKind
{
    /// <summary>What <see cref="Relay"/> chooses; where there is no splice, that is another copy.</summary>
    Splice,

    /// <summary>The same when no pipe can be had.</summary>
    SpliceWithoutPipes,

    /// <summary>The asynchronous copy.</summary>
    Copy,
}

/// <summary>A relay at work, and the two ends of the world that it joins: <see cref="Near"/> is beyond its first side.</summary>
internal sealed class RelayRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancel = new();

    private RelayRun(
        ByteConnection near, ByteConnection first, ByteConnection second, ByteConnection far, RelaySettings settings, RelayKind kind,
        PipePool? pipes = null)
    {
        Near = near;
        Far = far;
        First = first;
        Second = second;
        Ended = kind switch
        {
            RelayKind.Splice => Relay.RunAsync(first, second, settings with { Pipes = pipes ?? settings.Pipes }, _cancel.Token),
            RelayKind.SpliceWithoutPipes => Relay.RunAsync(first, second, settings with { Pipes = new(0, 0, Pipe.TryOpen) }, _cancel.Token),
            _ => CopyRelay.RunAsync(first, second, settings, _cancel.Token),
        };
    }

    private RelayRun(SocketConnection near, SocketConnection far)
    {
        Near = First = near;
        Far = Second = far;
        Ended = Task.FromResult(default(RelayResult));
    }

    /// <summary>Settings under a clock that only the test moves: a relay that needs it in order to end, hangs.</summary>
    internal static RelaySettings Still { get; } = new() { Pipes = Shared.Pipes, LingerTimeout = TimeSpan.FromSeconds(60), Time = new FakeTime() };

    internal ByteConnection Near { get; }

    internal ByteConnection Far { get; }

    /// <summary>The relay's first side.</summary>
    internal ByteConnection First { get; }

    /// <summary>The relay's second side.</summary>
    internal ByteConnection Second { get; }

    internal Task<RelayResult> Ended { get; }

    internal static RelayRun InMemory(RelaySettings settings, Action<ByteConnection, ByteConnection>? before = null)
    {
        (MemoryConnection near, MemoryConnection first) = MemoryConnection.Pair();
        (MemoryConnection second, MemoryConnection far) = MemoryConnection.Pair();
        before?.Invoke(near, far);
        return new(near, first, second, far, settings, RelayKind.Copy);
    }

    internal static async Task<RelayRun> OverLoopbackAsync(
        RelaySettings settings, RelayKind kind, byte[]? unreadOfFirst = null, Action<Socket>? eachSocket = null,
        PipePool? pipes = null, PollerSet? pollers = null)
    {
        pollers ??= Shared.Pollers;
        (Socket near, Socket first) = await Loopback.PairAsync();
        (Socket second, Socket far) = await Loopback.PairAsync();
        Array.ForEach([near, first, second, far], socket => eachSocket?.Invoke(socket));
        var joined = SocketConnection.Of(first, pollers);
        joined.Unconsumed(unreadOfFirst);
        return new(SocketConnection.Of(near, Shared.Pollers), joined, SocketConnection.Of(second, pollers), SocketConnection.Of(far, Shared.Pollers), settings, kind, pipes);
    }

    /// <summary>No relay at all: what its ends would be to each other without one.</summary>
    internal static async Task<RelayRun> DirectAsync()
    {
        (Socket near, Socket far) = await Loopback.PairAsync();
        return new(SocketConnection.Of(near, Shared.Pollers), SocketConnection.Of(far, Shared.Pollers));
    }

    internal Task CancelAsync() => _cancel.CancelAsync();

    internal Task<RelayResult> ResultAsync() => Ended.Within("the relay ends");

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync();
        await ResultAsync();
        foreach (ByteConnection each in (ByteConnection[])[First, Second, Near, Far])
        {
            await each.DisposeAsync();
        }

        _cancel.Dispose();
    }
}
