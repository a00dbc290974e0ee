using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;

namespace Plait.Relays;

/// <summary>
/// The relay of connections that are not two sockets on Linux: an asynchronous copy. Each direction is one loop, which rents its buffer only
/// once there is something to read. If both ends allow it, the loops run on the pollers' threads, from one wait to the next.
/// </summary>
internal sealed class CopyRelay
{
    // YARP and Kestrel use the same: large enough to amortise the system calls, small enough for the array pool.
    private const int BufferSize = 64 * 1024;

    // On a poller's thread: then the other connections have their turn.
    private const int BytesPerRound = 256 * 1024;

    private readonly ByteConnection _first;
    private readonly ByteConnection _second;
    private readonly RelaySettings _settings;
    private readonly CancellationTokenSource _linger;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _canceled;
    private readonly TaskCompletionSource _firstMoved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private RelayEnd? _end;
    private RelaySide? _endedFirst;
    private DepartureWatch? _departure; // of the side that finished first
    private bool _lingering;
    private long _forward;
    private long _backward;

    private CopyRelay(ByteConnection first, ByteConnection second, RelaySettings settings, CancellationToken cancellationToken)
    {
        _first = first;
        _second = second;
        _settings = settings;
        _linger = new(Timeout.InfiniteTimeSpan, settings.Time);
        _cancellation = cancellationToken;
        _canceled = cancellationToken.Register(_linger.Cancel);
    }

    /// <summary>Relays until both directions have ended. Disposes neither connection; aborts both if one fails.</summary>
    /// <returns>How it ended. It does not throw for what the connections do.</returns>
    internal static async Task<RelayResult> RunAsync(
        ByteConnection first, ByteConnection second, RelaySettings settings, CancellationToken cancellationToken)
    {
        await Poller.LeaveAsync(); // the first read may find much that waits
        if (first.CanGoOnInPlace && second.CanGoOnInPlace)
        {
            first.GoOnInPlace();
            second.GoOnInPlace();
        }

        var relay = new CopyRelay(first, second, settings, cancellationToken);
        using CancellationTokenSource linger = relay._linger;
        using CancellationTokenRegistration canceled = relay._canceled;
        using CancellationTokenRegistration ending = settings.Ending.Register(relay.BeginLinger);
        await Task.WhenAll(relay.ForwardAsync(), relay.BackwardAsync()).ConfigureAwait(false);
        await Poller.LeaveAsync(); // the caller closes and reports
        relay._departure?.Dispose();
        return new(relay._end ?? RelayEnd.Completed, relay._forward, relay._backward) { EndedFirst = relay._endedFirst };
    }

    private async Task ForwardAsync()
    {
        await CopyAsync(_first, _second, RelayEnd.FirstFailed, RelayEnd.SecondFailed, forward: true).ConfigureAwait(false);
        _firstMoved.TrySetResult(); // no byte will come from the first side: the gate opens
    }

    private async Task BackwardAsync()
    {
        if (_settings.FirstByteHold is { } hold)
        {
            // The first-byte gate: unread bytes wait in the kernel, no buffer is held.
            FailOnReset(_second, RelayEnd.SecondFailed);
            await _firstMoved.Task.WaitAsync(hold, _settings.Time, _linger.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _second.WhenReset(null);
        }

        await CopyAsync(_second, _first, RelayEnd.SecondFailed, RelayEnd.FirstFailed, forward: false).ConfigureAwait(false);
    }

    private async Task CopyAsync(
        ByteConnection source, ByteConnection destination, RelayEnd sourceFailed, RelayEnd destinationFailed, bool forward)
    {
        CancellationToken token = _linger.Token;
        RelayEnd blame = sourceFailed;
        int round = 0;
        try
        {
            while (true)
            {
                blame = sourceFailed;
                await source.ReadAsync(Memory<byte>.Empty, token).ConfigureAwait(false);
                byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize); // only once there is something to read
                int count = await source.ReadAsync(buffer, token).ConfigureAwait(false);
                if (count == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    Ended(forward ? RelaySide.First : RelaySide.Second);
                    blame = destinationFailed;
                    await destination.CompleteWritesAsync(token).ConfigureAwait(false);
                    BeginLinger();
                    WatchForDeparture(source);
                    return;
                }

                blame = destinationFailed;
                ValueTask writing = destination.WriteAsync(buffer.AsMemory(0, count), token);
                if (!writing.IsCompleted)
                {
                    FailOnReset(source, sourceFailed); // else the reset would be noticed only when the destination reads
                }

                await writing.ConfigureAwait(false);
                source.WhenReset(null);
                ArrayPool<byte>.Shared.Return(buffer); // not on failure: an aborted write may still hold it
                Moved(count, forward);
                if ((round += count) >= BytesPerRound)
                {
                    round = 0;
                    await Poller.NextRoundAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            if (!token.IsCancellationRequested)
            {
                Fail(blame);
            }
            else if (_cancellation.IsCancellationRequested)
            {
                Fail(RelayEnd.Canceled);
            }
            else
            {
                GiveUp(destination, lacksBytes: blame == destinationFailed);
            }
        }
    }

    // A method of its own, so that only a direction that is held up pays for the closure.
    private void FailOnReset(ByteConnection source, RelayEnd sourceFailed) => source.WhenReset(() => Fail(sourceFailed));

    private void Moved(int count, bool forward)
    {
        Poller.CountMoved(count);
        if (forward)
        {
            _forward += count;
            _settings.Observer.MovedForward(count);
            _firstMoved.TrySetResult();
        }
        else
        {
            _backward += count;
            _settings.Observer.MovedBackward(count);
        }

        if (_lingering)
        {
            WaitOutLinger();
        }
    }

    private void BeginLinger()
    {
        _lingering = true;
        try
        {
            WaitOutLinger();
        }
        catch (ObjectDisposedException)
        {
            // The relay has just ended.
        }
    }

    [SuppressMessage("ApiDesign", "RS0030", Justification = "The source was made with the injected clock, and keeps to it.")]
    private void WaitOutLinger() => _linger.CancelAfter(_settings.LingerTimeout);

    /// <summary>
    /// The linger is over, or the other side has closed its socket. The end is orderly, and the owner closes; except where bytes for
    /// <paramref name="destination"/> are lost: such a loss must not look like an end.
    /// </summary>
    private void GiveUp(ByteConnection destination, bool lacksBytes)
    {
        bool lingered;
        lock (_lock)
        {
            _end ??= RelayEnd.Lingered;
            lingered = _end == RelayEnd.Lingered;
        }

        if (lingered && lacksBytes)
        {
            destination.Abort();
        }
    }

    /// <summary>
    /// Ends the relay when a side that has finished closes its socket as well: nothing can be delivered to it, and the other side must
    /// meet what it would meet directly.
    /// </summary>
    private void WatchForDeparture(ByteConnection source)
    {
        switch (source.PeerHasClosed())
        {
            case true:
                Depart();
                break;
            case false when _departure is null:
                _departure = new(source, _settings, Depart);
                break;
        }
    }

    private void Depart()
    {
        lock (_lock)
        {
            _end ??= RelayEnd.Completed;
        }

        try
        {
            _linger.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The relay has just ended.
        }
    }

    private void Ended(RelaySide side)
    {
        lock (_lock)
        {
            if (_endedFirst is not null)
            {
                return;
            }

            _endedFirst = side;
        }

        _settings.Observer.EndedFirst(side);
    }

    private void Fail(RelayEnd end)
    {
        lock (_lock)
        {
            if (_end is not null)
            {
                return;
            }

            _end = end;
        }

        if (end is RelayEnd.FirstFailed or RelayEnd.SecondFailed)
        {
            Ended(end == RelayEnd.FirstFailed ? RelaySide.First : RelaySide.Second);
        }

        if (end == RelayEnd.SecondFailed && _endedFirst != RelaySide.First)
        {
            _settings.Observer.SecondFailed();
        }

        _firstMoved.TrySetResult(); // nothing is held any more
        _first.Abort();
        _second.Abort();
        BeginLinger(); // a connection that cannot be reset ends by itself, or by this
    }
}
