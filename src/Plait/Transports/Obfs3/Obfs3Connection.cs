using System.Buffers;
using Plait.Connections;

namespace Plait.Transports.Obfs3;

/// <summary>
/// A connection after the key exchange. Before its first payload a side sends padding and its magic, in a write of their own (O3-7). It holds no
/// buffer while nothing moves.
/// </summary>
internal sealed class Obfs3Connection : WrappedConnection
{
    // The most that a read asks for while it looks for the magic, as obfs4proxy: what a stranger sends beyond it stays unread, and the system
    // answers the close by RST (O3-8, G12).
    private const int SearchBuffer = MagicSearch.MaxBefore + MagicSearch.MagicSize;

    private readonly Obfs3Direction _sent;
    private readonly Obfs3Direction _received;
    private readonly Func<byte[]> _drawPadding;
    private readonly ITimer? _patience;
    private MagicSearch? _search;
    private byte[]? _payload; // that came with the magic; lent until it is read
    private int _payloadStart;
    private int _payloadEnd;
    private bool _magicSent;
    private volatile bool _tooLate;

    /// <param name="wire">The connection.</param>
    /// <param name="sent">What we send with.</param>
    /// <param name="received">What the other side sends with.</param>
    /// <param name="drawPadding">Draws the padding before our magic.</param>
    /// <param name="time">The clock.</param>
    /// <param name="patience">How long neither side may send payload; null for ever.</param>
    internal Obfs3Connection(
        ByteConnection wire, Obfs3Direction sent, Obfs3Direction received, Func<byte[]> drawPadding, TimeProvider time, TimeSpan? patience)
        : base(wire)
    {
        (_sent, _received, _drawPadding) = (sent, received, drawPadding);
        _search = new(received.Magic);
        _patience = patience is { } limit
            ? time.CreateTimer(static connection => ((Obfs3Connection)connection!).GiveUp(), this, limit, Timeout.InfiniteTimeSpan)
            : null;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_payload is not null)
        {
            return new(TakePayload(buffer.Span));
        }

        if (_search is not null)
        {
            return SearchAsync(buffer, cancellationToken);
        }

        ValueTask<int> reading = Inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Decrypt(buffer.Span, reading.Result)) : DecryptAsync(buffer, reading);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        if (!_magicSent)
        {
            _magicSent = true;
            PayloadMoves();
            await Inner.WriteAsync((byte[])[.. _drawPadding(), .. _sent.Magic], cancellationToken).ConfigureAwait(false);
        }

        byte[] text = ArrayPool<byte>.Shared.Rent(buffer.Length);
        _sent.Apply(buffer.Span, text);
        await Inner.WriteAsync(text.AsMemory(0, buffer.Length), cancellationToken).ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(text); // not on failure: an aborted write may still hold it
    }

    /// <summary>Closes, and sends no reset of its own: obfs4proxy closes both connections whatever ended one of them (G12, S30).</summary>
    public override void Abort() => _ = DisposeAsync();

    public override ValueTask DisposeAsync()
    {
        _patience?.Dispose();
        _sent.Clear();
        _received.Clear();
        return Inner.DisposeAsync();
    }

    /// <summary>Reads until there is payload behind the magic.</summary>
    private async ValueTask<int> SearchAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Inner.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            byte[] bytes = ArrayPool<byte>.Shared.Rent(SearchBuffer); // only once there is something to read
            int count = await Inner.ReadAsync(bytes.AsMemory(0, SearchBuffer), cancellationToken).ConfigureAwait(false);
            if (_tooLate)
            {
                throw new IOException("The other side has sent no payload in time.");
            }

            MagicResult result = _search!.Look(bytes.AsSpan(0, count), out int payload);
            if (result == MagicResult.Found)
            {
                _search = null;
                PayloadMoves();
                if (payload < count)
                {
                    _received.Apply(bytes.AsSpan(payload, count - payload), bytes.AsSpan(payload));
                    (_payload, _payloadStart, _payloadEnd) = (bytes, payload, count);
                    return TakePayload(buffer.Span);
                }

                ArrayPool<byte>.Shared.Return(bytes);
                return await ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }

            ArrayPool<byte>.Shared.Return(bytes);
            if (result == MagicResult.TooLate)
            {
                throw new IOException("What the other side sends is not obfs3.");
            }

            if (count == 0)
            {
                return 0; // it ends without payload: then it sends no magic
            }
        }
    }

    private int TakePayload(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _payloadEnd - _payloadStart);
        _payload.AsSpan(_payloadStart, count).CopyTo(buffer);
        _payloadStart += count;
        if (_payloadStart == _payloadEnd)
        {
            ArrayPool<byte>.Shared.Return(_payload!);
            _payload = null;
        }

        return count;
    }

    private async ValueTask<int> DecryptAsync(Memory<byte> buffer, ValueTask<int> reading)
    {
        int count = await reading.ConfigureAwait(false);
        return Decrypt(buffer.Span, count);
    }

    private int Decrypt(Span<byte> buffer, int count)
    {
        _received.Apply(buffer[..count], buffer);
        return count;
    }

    private void PayloadMoves() => _patience?.Dispose();

    private void GiveUp()
    {
        _tooLate = true;
        Abort();
    }
}
