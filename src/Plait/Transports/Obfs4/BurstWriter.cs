using System.Buffers;

namespace Plait.Transports.Obfs4;

/// <summary>
/// Turns payload into the writes of one side, as its mode has them (O4-43 to O4-45): frames, padding, lengths, delays. One burst at a time.
/// Without I/O.
/// </summary>
internal sealed class BurstWriter
{
    /// <summary>Most payload of a burst: what Go's io.Copy moves at a time, so that bursts look as obfs4proxy's do (G12).</summary>
    internal const int MaxPayload = 32 * 1024;

    // A table may have no length but 0 (O4-46, O4-47): then segments are full.
    private const int MostDraws = 1000;

    // The frames of a burst, and two for its padding; in mode 2 padding is added while less than a segment is left, so it fits as well.
    private static readonly int s_room = FrameSealer.RoomFor(MaxPayload) + (3 * FrameSizes.Longest);

    private readonly FrameSealer _sealer;
    private readonly IatMode _mode;
    private byte[]? _burst; // lent only while a burst is written
    private int _start;
    private int _end;

    /// <param name="sealer">Seals the frames.</param>
    /// <param name="mode">Its own mode.</param>
    /// <param name="shape">What it draws from.</param>
    internal BurstWriter(FrameSealer sealer, IatMode mode, Shape shape)
    {
        _sealer = sealer;
        _mode = mode;
        Shape = shape;
    }

    /// <summary>What it draws from. A client gets another one from its server, at any time.</summary>
    internal Shape Shape { get; set; }

    /// <summary>Seals a burst.</summary>
    /// <param name="payload">At most <see cref="MaxPayload"/> bytes; none for a burst of padding alone, which has at least one frame.</param>
    /// <exception cref="IOException">No frame can be sent any more.</exception>
    internal void Begin(ReadOnlySpan<byte> payload)
    {
        _burst ??= ArrayPool<byte>.Shared.Rent(s_room);
        _start = 0;
        _end = _sealer.Seal(payload, _burst);
        if (payload.IsEmpty || _mode != IatMode.Paranoid)
        {
            Pad(payload.IsEmpty ? DrawLength() : Shape.Lengths.Sample());
        }
    }

    /// <summary>The next write of the burst, and how long to wait after it; empty when the burst is written.</summary>
    /// <exception cref="IOException">No frame can be sent any more.</exception>
    internal ReadOnlyMemory<byte> Next(out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        if (_start == _end)
        {
            return default;
        }

        int count = _mode switch
        {
            IatMode.None => _end - _start,
            IatMode.Enabled => Math.Min(FrameSizes.Longest, _end - _start),
            _ => NextParanoid(),
        };
        if (_mode != IatMode.None)
        {
            delay = Shape.Delays.Sample() * Shape.DelayUnit;
        }

        ReadOnlyMemory<byte> write = _burst.AsMemory(_start, count);
        _start += count;
        return write;
    }

    /// <summary>Gives the buffer back. Not after a failed write, which may still hold it.</summary>
    internal void Release()
    {
        if (_burst is not null)
        {
            ArrayPool<byte>.Shared.Return(_burst);
            _burst = null;
        }
    }

    /// <summary>Mode 2: a length of the table, padded to if less is left.</summary>
    private int NextParanoid()
    {
        while (true)
        {
            int target = DrawLength();
            if (_end - _start >= target)
            {
                return target;
            }

            _burst.AsSpan(_start, _end - _start).CopyTo(_burst);
            (_start, _end) = (0, _end - _start);
            Pad(target);
            if (_end == target)
            {
                return target;
            }
        }
    }

    /// <summary>A length other than 0: obfs4proxy draws 0 as well, and its whole process panics (O4-46).</summary>
    private int DrawLength()
    {
        for (int draws = 0; draws < MostDraws; draws++)
        {
            if (Shape.Lengths.Sample() is var length and not 0)
            {
                return length;
            }
        }

        return FrameSizes.Longest;
    }

    private void Pad(int target) => _end += _sealer.Pad(_burst.AsSpan(_end), _end - _start, target);
}
