using System.Buffers;
using Plait.Connections;
using Plait.Native;

namespace Plait.Relays;

/// <summary>
/// One direction of a <see cref="SpliceRelay"/>: source socket, pipe, destination socket. It reads only while it holds
/// nothing, so a destination that does not read stops the source by the kernel's own means, and what it holds is bounded.
/// Runs on the poller's thread only, and never waits.
/// </summary>
internal sealed class SpliceDirection(PolledConnection source, PolledConnection destination, SpliceRelay relay)
{
    // The most that one call takes: what a large pipe holds.
    private const int Portion = PipePool.LargeSize;

    // Bytes per turn: some hundred microseconds, then other connections have their turns.
    private const int BytesPerTurn = 1024 * 1024;

    // For a direction that gets no pipe; as large as the copy relay's.
    private const int CopySize = 64 * 1024;

    private Pipe? _pipe;
    private int _piped;
    private byte[]? _buffer;
    private ReadOnlyMemory<byte> _pending = source.TakeUnread();
    private bool _ended;

    /// <summary>A read may find something: an event reported it, and no read has found nothing since.</summary>
    internal bool Readable { get; set; } = true;

    /// <summary>A write may find room.</summary>
    internal bool Writable { get; set; } = true;

    /// <summary>An event reported the source in error, or closed both ways; it has not been looked at since.</summary>
    internal bool SourceBroken { get; set; }

    /// <summary>An event reported an urgent byte, which has not been passed yet.</summary>
    internal bool Urgent { get; set; }

    /// <summary>Its end has been passed on.</summary>
    internal bool Done { get; private set; }

    /// <summary>Bytes were taken from the source that the destination has not accepted.</summary>
    internal bool Holds => _piped > 0 || !_pending.IsEmpty;

    /// <summary>Bytes delivered in this turn; the relay counts them and sets it back to zero.</summary>
    internal int Moved { get; set; }

    /// <summary>Moves what can be moved without waiting, up to a turn's worth.</summary>
    /// <param name="from">The source's descriptor.</param>
    /// <param name="to">The destination's descriptor.</param>
    internal Turn Move(int from, int to)
    {
        while (!Done)
        {
            if (Holds)
            {
                if (!Writable)
                {
                    return Turn.Waits;
                }

                if (!Deliver(to))
                {
                    return Turn.DestinationFailed;
                }
            }
            else if (_ended)
            {
                relay.BeforeEnd(this);
                destination.CompleteWrites();
                Done = true;
            }
            else if (!Readable)
            {
                GiveBack();
                return Turn.Waits;
            }
            else if (Moved >= BytesPerTurn)
            {
                return Turn.GoesOn;
            }
            else if (Urgent && Libc.IsAtMark(from))
            {
                if (PassUrgent(from, to) is { } turn)
                {
                    return turn;
                }
            }
            else if (!Take(from))
            {
                return Turn.SourceFailed;
            }
        }

        GiveBack();
        return Turn.Done;
    }

    /// <summary>
    /// Whether the source was reset while this direction does not read, because its destination takes nothing or the gate
    /// holds it back: no read would report it.
    /// </summary>
    internal bool SourceWasReset()
    {
        bool reset = SourceBroken && !_ended && source.TakeReset();
        SourceBroken = false;
        return reset;
    }

    /// <summary>Gives back the pipe and the buffer. Bytes that are left in them are lost.</summary>
    internal void GiveBack()
    {
        if (_pipe is not null)
        {
            relay.Pipes.Return(_pipe, drained: _piped == 0);
            _pipe = null;
        }

        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    /// <summary>Delivers some of what it holds; false if the destination failed.</summary>
    private bool Deliver(int to)
    {
        nint count = _piped > 0
            ? _pipe!.Drain(to, _piped)
            : Libc.Send(to, _pending.Span, _pending.Length, Libc.DontWait | Libc.NoSignal);
        if (count < 0)
        {
            Writable = Libc.Error == Libc.Interrupted; // else an event reports when it can be written
            return Libc.Error is Libc.Again or Libc.Interrupted;
        }

        Moved += (int)count;
        if (_piped > 0)
        {
            _piped -= (int)count;
        }
        else
        {
            _pending = _pending[(int)count..];
        }

        return true;
    }

    /// <summary>
    /// Whether an errno(3) of splice is the connection's own: those of networks and sockets, a lack of memory. Any other means that the system
    /// does not splice here; a filter of system calls may return any number.
    /// </summary>
    private static bool IsOfTheConnection(int error) => error is Libc.BrokenPipe or Libc.NoMemory or Libc.ProtocolError || (error != Libc.NotSupported && Libc.IsOfSockets(error));

    /// <summary>
    /// Forwards the urgent byte (tcp(7)), which is the next one, as an urgent byte: the next program then sees what it would have seen
    /// directly. The bytes after it are received once by recv(2), because only recv(2) takes a socket past the urgent byte; splice(2) stops
    /// before it, with EAGAIN, or with 0 after the peer's end. Null to go on, else how the turn ends.
    /// </summary>
    private Turn? PassUrgent(int from, int to)
    {
        Span<byte> urgent = stackalloc byte[1];
        nint count = Libc.Receive(from, urgent, 1, Libc.OutOfBand | Libc.Peek | Libc.DontWait);
        if (count < 0 && Libc.Error == Libc.Again)
        {
            Readable = false; // announced, and still on its way
            return null;
        }

        if (count == 1 && Libc.Send(to, urgent, 1, Libc.OutOfBand | Libc.DontWait | Libc.NoSignal) < 0)
        {
            Writable = Libc.Error == Libc.Interrupted;
            return Libc.Error is Libc.Again or Libc.Interrupted ? Writable ? null : Turn.Waits : Turn.DestinationFailed;
        }

        Urgent = false;
        return Took(Receive(from)) ? null : Turn.SourceFailed;
    }

    /// <summary>Takes the bytes that have arrived, up to a portion, or notes the end; false if the source failed.</summary>
    private bool Take(int from)
    {
        _pipe ??= relay.Pipes.TryLend();
        nint count = -1;
        if (_pipe is not null)
        {
            count = _pipe.Fill(from, Portion);
            _piped = (int)Math.Max(count, 0);
        }

        // recv(2) drops the urgent byte in silence, and splice(2) reports the end before it.
        if ((_pipe is null || count == 0) && Libc.IsAtMark(from))
        {
            Urgent = true;
            return true;
        }

        return Took(_pipe is null ? Receive(from) : count);
    }

    private nint Receive(int from)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(CopySize);
        nint count = Libc.Receive(from, _buffer, _buffer.Length, Libc.DontWait);
        _pending = _buffer.AsMemory(0, (int)Math.Max(count, 0));
        return count;
    }

    private bool Took(nint count)
    {
        if (count > 0)
        {
            return true;
        }

        if (count == 0)
        {
            _ended = true;
            return !source.WasReset();
        }

        switch (Libc.Error)
        {
            case Libc.Again:
                Readable = false;
                return true;
            case Libc.Interrupted:
                return true;
            case var error when _pipe is not null && !IsOfTheConnection(error):
                relay.Pipes.Refused = true; // from now on all relays of this pool copy
                GiveBack();
                return true;
            default:
                return false;
        }
    }
}
