using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// A connection on Linux: system calls that do not wait, and a <see cref="Poller"/> to wait by. Never an asynchronous operation of
/// <see cref="Socket"/>: one such wait registers a socket with the runtime's own event loop for ever, and from then on each event of a relay
/// costs twice.
/// </summary>
internal sealed class PolledConnection : SocketConnection
{
    private volatile bool _writesCompleted;
    private bool _doesNotBlock;
    private bool _resetAfterEnd;
    private volatile bool _inPlace; // of a relay that copies

    /// <summary>Owns <paramref name="handle"/>.</summary>
    internal PolledConnection(SocketHandle handle, PollerSet pollers)
    {
        Handle = handle;
        Libc.DoNotDelay(handle); // C27: hops answer each other in small messages
        Registration = new(handle, pollers);
    }

    /// <summary>Its descriptor, for a relay; still owned here.</summary>
    internal SocketHandle Handle { get; }

    /// <summary>Its place in a poller.</summary>
    internal PollRegistration Registration { get; }

    internal override int Descriptor => (int)Handle.DangerousGetHandle();

    internal override IPEndPoint? Peer => EndPoints.PeerOf(Handle);

    internal override IPEndPoint? Own => EndPoints.OwnOf(Handle);

    internal override async Task ConnectAsync(EndPoint target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DoNotBlock();
        SocketAddress address = target.Serialize();
        if (Libc.Connect(Handle, address.Buffer.Span, address.Size) == 0)
        {
            return;
        }

        if (Libc.Error != Libc.InProgress)
        {
            throw SocketErrors.Of(Libc.Error);
        }

        try
        {
            // A listener on this machine has answered by now: the socket takes that in when the call lets go of it, too
            // late for the call to report it. To be woken for it would be the longest part of connecting.
            while (!IsWritable()) // a wait also ends without an event, when its poller ends
            {
                await Registration.WritableAsync(inPlace: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets); // it cannot be waited for
        }

        if (Libc.TakeError(Handle) is var error and not 0)
        {
            throw SocketErrors.Of(error);
        }
    }

    /// <summary>Sets O_NONBLOCK, which splice(2) looks at.</summary>
    internal void DoNotBlock()
    {
        if (!_doesNotBlock)
        {
            Libc.DoNotBlock(Handle);
            _doesNotBlock = true;
        }
    }

    internal override async ValueTask<int> ReadAsync(Memory<byte> buffer, bool inPlace, CancellationToken cancellationToken)
    {
        if (!Unread.IsEmpty)
        {
            return ReadUnread(buffer);
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count;
            while ((count = buffer.IsEmpty ? Peek() : Transferred(Libc.Receive(Handle, buffer.Span, buffer.Length, Libc.DontWait))) < 0)
            {
                await Registration.ReadableAsync(inPlace, cancellationToken).ConfigureAwait(false);
            }

            return buffer.IsEmpty ? 0 : count > 0 || !WasReset() ? count : throw Reset();
        }
        catch (ObjectDisposedException e)
        {
            throw Reset(e);
        }
    }

    internal override async Task<bool> PeekAsync(CancellationToken cancellationToken)
    {
        if (!Unread.IsEmpty)
        {
            return true;
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count;
            while ((count = Peek()) < 0)
            {
                await Registration.ReadableAsync(inPlace: false, cancellationToken).ConfigureAwait(false);
            }

            return count > 0;
        }
        catch (ObjectDisposedException e)
        {
            throw Reset(e);
        }
    }

    /// <summary>Whether the next read would find the end or an error; never waits.</summary>
    /// <remarks>Bytes that a handshake read too far come first: a client that has sent its whole request may have finished.</remarks>
    internal bool PeerHasLeft()
    {
        if (!Unread.IsEmpty)
        {
            return false;
        }

        try
        {
            return Peek() == 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return true;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(buffer, _inPlace, cancellationToken);

    internal override bool CanGoOnInPlace => true;

    internal override void GoOnInPlace() => _inPlace = true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Transferred(Libc.Send(Handle, buffer.Span, buffer.Length, Libc.DontWait | Libc.NoSignal));
                if (count >= 0)
                {
                    buffer = buffer[count..];
                }
                else
                {
                    await Registration.WritableAsync(_inPlace, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (ObjectDisposedException e)
        {
            throw Reset(e);
        }
    }

    internal override void CompleteWrites()
    {
        _writesCompleted = true;
        try
        {
            _ = Libc.FinishWriting(Handle);
        }
        catch (ObjectDisposedException)
        {
            // Closed by us.
        }
    }

    public override void Abort()
    {
        try
        {
            Libc.ResetOnClose(Handle);
        }
        catch (ObjectDisposedException)
        {
            // Already closed.
        }

        Close();
    }

    internal override void Close()
    {
        Registration.Closing();
        Handle.Dispose();
        Registration.Closed();
    }

    /// <summary>
    /// Whether what looks like the peer's end is a reset. Linux reports a reset once, to a read or to a write; after a write has
    /// failed with it, reads end as if the peer had finished. But after a FIN a socket waits for ours, and only a reset
    /// closes it. If a reset came after a FIN, the error is still to be reported, and the end is an end.
    /// </summary>
    internal bool WasReset() =>
        // In this order: another thread may be finishing our side now, and both sides' ends close the socket as well.
        !_resetAfterEnd && Libc.IsClosed(Handle) && !_writesCompleted && TakeError() == 0;

    /// <summary>
    /// Whether the peer has reset the connection before its end. For a caller that does not read: it takes the error, which no read
    /// reports any more. A reset after a FIN (EPIPE) is none: what was sent may still be read to its end.
    /// </summary>
    internal bool TakeReset()
    {
        int error = TakeError();
        _resetAfterEnd |= error == Libc.BrokenPipe;
        return error is not (0 or Libc.BrokenPipe);
    }

    internal override bool? PeerHasClosed()
    {
        try
        {
            return Peer is { } peer && IPAddress.IsLoopback(peer.Address) && Own is { } own
                ? PeerOwner.HasClosed(peer.Unmapped(), own.Unmapped())
                : null;
        }
        catch (ObjectDisposedException)
        {
            return null; // closed by us
        }
    }

    internal override void WhenReset(Action? reset)
    {
        try
        {
            Registration.WhenBroken(reset is null ? null : IfReset(reset));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It cannot be watched, or is closed: reads and writes find out.
        }
    }

    private Action IfReset(Action reset) => () =>
    {
        if (TakeReset())
        {
            reset();
        }
    };

    private int TakeError()
    {
        try
        {
            return Libc.TakeError(Handle);
        }
        catch (ObjectDisposedException)
        {
            return 0; // closed by us meanwhile
        }
    }

    private bool IsWritable()
    {
        bool held = false;
        try
        {
            Handle.DangerousAddRef(ref held); // or the number is another connection's as soon as this one is closed
            Span<PollEntry> entry = [PollEntry.Writable(Descriptor)];
            return Libc.Poll(entry, 1, 0) > 0;
        }
        finally
        {
            if (held)
            {
                Handle.DangerousRelease();
            }
        }
    }

    /// <summary>1 if there is something to read, 0 at the end, -1 if a read would have to wait.</summary>
    private int Peek()
    {
        Span<byte> peeked = stackalloc byte[1];
        return Transferred(Libc.Receive(Handle, peeked, 1, Libc.DontWait | Libc.Peek));
    }

    /// <summary>How many bytes a call moved; -1 if it would have had to wait. With MSG_DONTWAIT no signal interrupts it.</summary>
    private static int Transferred(nint result) =>
        result >= 0 ? (int)result
        : Libc.Error == Libc.Again ? -1
        : throw Libc.Failure("The connection was reset");
}
