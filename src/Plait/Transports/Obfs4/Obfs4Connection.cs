using System.Buffers;
using Plait.Connections;
using Plait.Connections.Polling;

namespace Plait.Transports.Obfs4;

/// <summary>
/// A connection after the handshake. Frames are opened and sealed in buffers that are lent only while bytes are in flight: a wait holds none,
/// except for a part of a frame, which moves to a small one.
/// </summary>
/// <remarks>
/// One reader and one writer may be active. The padding of TG4 is written by a timer, unless a write is under way; a write waits for it.
/// </remarks>
internal sealed class Obfs4Connection : WrappedConnection
{
    private const int ReadSize = 64 * 1024;

    // On a poller's thread: then the other connections have their turn. The relay counts payload only, and a peer may send padding alone, or
    // frames of one byte. A frame costs so many bytes at least.
    private const int BytesPerRound = 256 * 1024;
    private const int CostOfFrame = 256;

    // TG4: a client that is a real one decodes what it holds when this comes.
    internal static readonly TimeSpan NudgeDelay = TimeSpan.FromMilliseconds(100);

    private readonly FrameOpener _opener;
    private readonly FrameSealer _sealer;
    private readonly BurstWriter _bursts;
    private readonly Pause? _pause;
    private readonly bool _isClient;
    private readonly TimeProvider _time;
    private readonly Lock _sealing = new(); // a key is not zeroed while it is used
    private readonly Lock _opening = new();
    private bool _closed;

    // Reading. The buffer holds opened payload, then what is not opened yet.
    private byte[]? _received;
    private int _payloadStart;
    private int _payloadEnd;
    private int _sealedStart;
    private int _sealedEnd;
    private int _opened; // in this round
    private bool _hasEnded;
    private bool _isBroken;
    private byte[]? _seedToCome; // client: came with the response, and counts from the next read on (O4-38)
    private bool _readsAgain;

    // Writing.
    private readonly Lock _turn = new();
    private ITimer? _nudge; // set once
    private Task _nudging = Task.CompletedTask;
    private bool _isWriting;
    private volatile bool _clientHasSpoken;

    private Obfs4Connection(ByteConnection wire, FrameOpener opener, FrameSealer sealer, IatMode mode, Shape shape, bool isClient, TimeProvider time)
        : base(wire)
    {
        (_opener, _sealer, _isClient, _time) = (opener, sealer, isClient, time);
        _bursts = new(sealer, mode, shape);
        _pause = mode == IatMode.None ? null : new(time);
    }

    /// <summary>The client's end.</summary>
    /// <param name="wire">The connection, which it owns.</param>
    /// <param name="keys">The keys; the caller may dispose them afterwards.</param>
    /// <param name="mode">The client's mode.</param>
    /// <param name="rest">What came after the response.</param>
    /// <param name="time">The clock.</param>
    internal static Obfs4Connection OfClient(ByteConnection wire, SessionKeys keys, IatMode mode, ReadOnlySpan<byte> rest, TimeProvider time)
    {
        var connection = new Obfs4Connection(
            wire, new(new(keys.ServerToClient)), new(new(keys.ClientToServer)), mode, Shape.Random(), isClient: true, time);
        if (!rest.IsEmpty)
        {
            connection._received = ArrayPool<byte>.Shared.Rent(ReadSize);
            rest.CopyTo(connection._received);
            connection._sealedEnd = rest.Length;
        }

        return connection;
    }

    /// <summary>The server's end.</summary>
    /// <param name="wire">The connection, which it owns.</param>
    /// <param name="opener">Opens what the client sends.</param>
    /// <param name="sealer">Seals what the server sends; it has sealed the frame with the seed.</param>
    /// <param name="mode">The server's mode.</param>
    /// <param name="shape">The bridge's lengths and delays.</param>
    /// <param name="time">The clock.</param>
    internal static Obfs4Connection OfServer(
        ByteConnection wire, FrameOpener opener, FrameSealer sealer, IatMode mode, Shape shape, TimeProvider time) =>
        new(wire, opener, sealer, mode, shape, isClient: false, time);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            int count = Take(buffer.Span);
            if (count > 0 || _payloadStart < _payloadEnd)
            {
                return count;
            }

            if (_isBroken)
            {
                throw new IOException("The obfs4 connection is broken: what came is not a frame of the other side.");
            }

            if (_hasEnded)
            {
                return 0;
            }

            await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        Task nudging;
        lock (_turn)
        {
            _isWriting = true;
            nudging = _nudging;
        }

        await nudging.WaitAsync(cancellationToken).ConfigureAwait(false);
        while (!buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> chunk = buffer[..Math.Min(BurstWriter.MaxPayload, buffer.Length)];
            await WriteBurstAsync(chunk, cancellationToken).ConfigureAwait(false);
            buffer = buffer[chunk.Length..];
        }

        _bursts.Release(); // not on failure: an aborted write may still hold it
        lock (_turn)
        {
            _isWriting = false;
        }

        if (!_isClient && !_clientHasSpoken && _nudge is null)
        {
            _nudge = _time.CreateTimer(static connection => ((Obfs4Connection)connection!).Nudge(), this, NudgeDelay, Timeout.InfiniteTimeSpan);
        }
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        StopNudging();
        Task nudging;
        lock (_turn)
        {
            _isWriting = true; // no padding begins any more
            nudging = _nudging;
        }

        await nudging.WaitAsync(cancellationToken).ConfigureAwait(false); // a peer that does not read must not hold the end
        await Inner.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Not where it waits for the times of writes, which end elsewhere.</summary>
    internal override bool CanGoOnInPlace => _pause is null && base.CanGoOnInPlace;

    /// <summary>Closes, and sends no reset of its own: obfs4proxy closes both connections whatever ended one of them (O4-32, S30).</summary>
    public override void Abort() => _ = DisposeAsync();

    public override ValueTask DisposeAsync()
    {
        StopNudging();
        lock (_sealing)
        {
            lock (_opening)
            {
                _closed = true;
                _sealer.Clear();
                _opener.Clear();
            }
        }

        return Inner.DisposeAsync();
    }

    private static IOException Closed() => new("The obfs4 connection is closed.");

    /// <summary>Gives payload, and opens frames while there is room. For an empty buffer it opens frames until one has payload.</summary>
    private int Take(Span<byte> buffer)
    {
        int taken = 0;
        while (true)
        {
            int count = Math.Min(buffer.Length - taken, _payloadEnd - _payloadStart);
            _received.AsSpan(_payloadStart, count).CopyTo(buffer[taken..]);
            _payloadStart += count;
            taken += count;
            if (_payloadStart < _payloadEnd || (taken == buffer.Length && taken > 0) || _isBroken || !OpenNext())
            {
                break;
            }
        }

        if (_received is not null && _payloadStart == _payloadEnd && _sealedStart == _sealedEnd)
        {
            ArrayPool<byte>.Shared.Return(_received);
            _received = null;
            _payloadStart = _payloadEnd = _sealedStart = _sealedEnd = 0;
        }

        return taken;
    }

    /// <summary>Opens the next frame. False if it is not there as a whole, or broken.</summary>
    private bool OpenNext()
    {
        Span<byte> received = _received.AsSpan(_sealedStart, _sealedEnd - _sealedStart);
        FrameStep step;
        int consumed;
        Range place;
        lock (_opening)
        {
            step = _closed ? throw Closed() : _opener.Open(received, out consumed, out place);
        }

        switch (step)
        {
            case FrameStep.NeedsMore:
                return false;
            case FrameStep.Broken:
                _isBroken = true;
                return false;
            case FrameStep.Payload:
                _payloadStart = _sealedStart + place.Start.Value;
                _payloadEnd = _sealedStart + place.End.Value;
                break;
            case FrameStep.Seed when _isClient:
                TakeSeed(received[place]);
                break;
        }

        _sealedStart += consumed;
        _opened += Math.Max(consumed, CostOfFrame);
        return true;
    }

    private void TakeSeed(ReadOnlySpan<byte> seed)
    {
        if (_readsAgain)
        {
            _bursts.Shape = new(seed);
        }
        else
        {
            _seedToCome = seed.ToArray();
        }
    }

    /// <summary>Reads what has come behind what is not opened yet.</summary>
    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        KeepPart();
        if (_opened >= BytesPerRound)
        {
            _opened = 0;
            await Poller.NextRoundAsync().ConfigureAwait(false);
        }

        await Inner.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        byte[] received = ArrayPool<byte>.Shared.Rent(ReadSize); // only once there is something to read
        int part = _sealedEnd - _sealedStart;
        int count = await Inner.ReadAsync(received.AsMemory(part), cancellationToken).ConfigureAwait(false);
        _hasEnded = count == 0; // also within a frame: obfs4proxy takes it for the end as well
        _received.AsSpan(_sealedStart, part).CopyTo(received);
        if (_received is not null)
        {
            ArrayPool<byte>.Shared.Return(_received);
        }

        (_received, _sealedStart, _sealedEnd) = (received, 0, part + count);
        _payloadStart = _payloadEnd = 0;
        _readsAgain = true;
        _clientHasSpoken = true;
        if (_seedToCome is { } seed)
        {
            _seedToCome = null;
            _bursts.Shape = new(seed);
        }
    }

    /// <summary>Moves a part of a frame from the large buffer to a small one: its rest may be long in coming.</summary>
    private void KeepPart()
    {
        int part = _sealedEnd - _sealedStart;
        if (_received is not { Length: >= ReadSize } large)
        {
            return;
        }

        byte[]? small = part == 0 ? null : ArrayPool<byte>.Shared.Rent(FrameSizes.Longest);
        large.AsSpan(_sealedStart, part).CopyTo(small);
        ArrayPool<byte>.Shared.Return(large);
        (_received, _sealedStart, _sealedEnd) = (small, 0, part);
        _payloadStart = _payloadEnd = 0;
    }

    /// <summary>Writes one burst; none of payload means padding alone.</summary>
    private async ValueTask WriteBurstAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        lock (_sealing)
        {
            ThrowIfClosed();
            _bursts.Begin(payload.Span);
        }

        while (true)
        {
            ReadOnlyMemory<byte> write;
            TimeSpan delay;
            lock (_sealing)
            {
                ThrowIfClosed();
                write = _bursts.Next(out delay);
            }

            if (write.IsEmpty)
            {
                return;
            }

            await Inner.WriteAsync(write, cancellationToken).ConfigureAwait(false);
            if (delay > TimeSpan.Zero)
            {
                await _pause!.WaitAsync(delay).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>The server has spoken first, and the client has not spoken yet: it may not have heard (TG4).</summary>
    private void Nudge()
    {
        lock (_turn)
        {
            if (!_clientHasSpoken && !_isWriting)
            {
                _nudging = NudgeAsync(); // a writer waits for it
            }
        }
    }

    private async Task NudgeAsync()
    {
        try
        {
            await WriteBurstAsync(default, CancellationToken.None).ConfigureAwait(false);
            _bursts.Release();
        }
        catch (IOException)
        {
            // The connection has gone; reads and writes find out.
        }
    }

    private void StopNudging() => _nudge?.Dispose();

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw Closed();
        }
    }
}
