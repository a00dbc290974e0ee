using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>A TCP connection, with the bytes that a handshake read too far.</summary>
/// <remarks>
/// On Linux it waits by a <see cref="Poller"/> and never by an asynchronous operation of the <see cref="Socket"/>: one such
/// wait registers a socket with the runtime's own event loop for ever, and from then on each event of a relay costs twice.
/// </remarks>
[ProgramSeam]
internal class SocketConnection : ByteConnection
{
    private readonly Socket _socket;
    private ReadOnlyMemory<byte> _unread;
    private volatile bool _writesCompleted;
    private bool _doesNotBlock;
    private bool _resetBehindEnd;

    /// <summary>Owns <paramref name="socket"/> from now on; it may be connected later, by <see cref="ConnectAsync"/>.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="pollers">Those that watch it, on Linux.</param>
    internal SocketConnection(Socket socket, PollerSet pollers)
    {
        _socket = socket;
        _socket.NoDelay = true; // C27: hops answer each other in small messages
        Registration = OperatingSystem.IsLinux() ? new(socket.SafeHandle, pollers) : null;
    }

    /// <summary>The socket itself, for relays and tests; still owned here.</summary>
    internal Socket Socket => _socket;

    /// <summary>Its place in a poller; null where there are none.</summary>
    internal PollRegistration? Registration { get; }

    /// <summary>Bytes that arrived behind a handshake: somebody's payload, read before the socket is.</summary>
    internal ReadOnlyMemory<byte> Unread => _unread;

    /// <summary>Takes them: for a relay, which delivers them first.</summary>
    internal ReadOnlyMemory<byte> TakeUnread()
    {
        ReadOnlyMemory<byte> unread = _unread;
        _unread = default;
        return unread;
    }

    /// <summary>Puts back what a handshake did not use.</summary>
    internal void Unconsumed(ReadOnlyMemory<byte> bytes) => _unread = bytes;

    /// <summary>Connects the socket.</summary>
    /// <exception cref="SocketException">The other side does not accept.</exception>
    internal async Task ConnectAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        if (Registration is null)
        {
            await _socket.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        DoNotBlock();
        SocketAddress address = target.Serialize();
        if (Libc.Connect(_socket.SafeHandle, address.Buffer.Span, address.Size) == 0)
        {
            return;
        }

        if (Libc.Error != Libc.InProgress)
        {
            throw SocketErrors.Of(Libc.Error);
        }

        try
        {
            // What listens on this machine has answered by now: the socket takes that in when the call lets go of it, too
            // late for the call to say so. To be woken for it would be the longest part of connecting.
            if (!_socket.Poll(0, SelectMode.SelectWrite))
            {
                await Registration.WritableAsync(inPlace: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets); // it cannot be waited for
        }

        if (_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is int error and not 0)
        {
            throw new SocketException(error);
        }
    }

    /// <summary>
    /// Sets O_NONBLOCK, which splice(2) looks at. Not by <see cref="Socket.Blocking"/>: that makes the runtime keep some 400
    /// bytes for the waits that no socket here makes.
    /// </summary>
    internal void DoNotBlock()
    {
        if (!_doesNotBlock)
        {
            Libc.DoNotBlock(_socket.SafeHandle);
            _doesNotBlock = true;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(buffer, inPlace: false, cancellationToken);

    /// <summary>The same, and where it has to wait it goes on in the place that <see cref="Readiness.WaitAsync"/> speaks of.</summary>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer, bool inPlace, CancellationToken cancellationToken)
    {
        if (!_unread.IsEmpty)
        {
            int count = Math.Min(buffer.Length, _unread.Length);
            _unread[..count].CopyTo(buffer);
            _unread = _unread[count..];
            return count;
        }

        try
        {
            int count = await ReceiveAsync(buffer, inPlace, cancellationToken).ConfigureAwait(false);
            return count > 0 || buffer.IsEmpty || !WasReset()
                ? count
                : throw new IOException("The connection was reset.");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection was reset.", e);
        }
    }

    /// <summary>Waits until the other side has sent something or has ended, and takes nothing away.</summary>
    /// <returns>Whether there is something to read; false at the end.</returns>
    /// <exception cref="IOException">The other side reset the connection, or it failed.</exception>
    internal async Task<bool> PeekAsync(CancellationToken cancellationToken)
    {
        try
        {
            return !_unread.IsEmpty || (Registration is null
                ? await _socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken).ConfigureAwait(false)
                : await PollReceiveAsync(Registration, Memory<byte>.Empty, inPlace: false, cancellationToken).ConfigureAwait(false)) > 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection was reset.", e);
        }
    }

    /// <summary>Whether the next read would find the end or an error; never waits. On Linux.</summary>
    /// <remarks>Bytes that a handshake read too far come first: a client that said all it had to say may have finished.</remarks>
    internal bool PeerHasLeft()
    {
        if (!_unread.IsEmpty)
        {
            return false;
        }

        try
        {
            Span<byte> peeked = stackalloc byte[1];
            nint count = Libc.Receive(_socket.SafeHandle, peeked, 1, Libc.DontWait | Libc.Peek);
            return count == 0 || (count < 0 && Libc.Error != Libc.Again);
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int sent = Registration is null
                    ? await _socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false)
                    : await PollSendAsync(Registration, buffer, cancellationToken).ConfigureAwait(false);
                buffer = buffer[sent..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection was reset.", e);
        }
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        CompleteWrites();
        return ValueTask.CompletedTask;
    }

    /// <summary>Says that nothing more will be written; it never waits.</summary>
    internal void CompleteWrites()
    {
        _writesCompleted = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone: the reading side reports how.
        }
    }

    public override void Abort()
    {
        try
        {
            _socket.LingerState = new LingerOption(true, 0); // close() then sends RST
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed.
        }

        Close();
    }

    public override ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Whether what looks like the peer's end is a reset. Linux reports a reset once, to a read or to a write; after a
    /// write was told, reads end as if the peer had finished. But behind a FIN a socket waits for ours, and only a reset
    /// closes it. Where a reset came behind a FIN, the error still waits to be reported, and the end is an end.
    /// </summary>
    internal bool WasReset()
    {
        if (!OperatingSystem.IsLinux() || _resetBehindEnd)
        {
            return false;
        }

        // In this order: another thread may be finishing our side now, and both sides' ends close the socket as well.
        return Libc.IsClosed(_socket.SafeHandle) && !_writesCompleted && TakeError() == 0;
    }

    /// <summary>
    /// Whether the peer has reset the connection in the middle of what it was saying. For whoever does not read: it takes
    /// the error, which no read reports any more. A reset behind a FIN (EPIPE) is none: what was said may still be read to its end.
    /// </summary>
    internal bool TakeReset()
    {
        int error = TakeError();
        _resetBehindEnd |= error == Libc.BrokenPipe;
        return error is not (0 or Libc.BrokenPipe);
    }

    internal override bool? PeerHasClosed()
    {
        try
        {
            return OperatingSystem.IsLinux() && EndPoints.PeerOf(_socket.SafeHandle) is { } peer && IPAddress.IsLoopback(peer.Address)
                && EndPoints.OwnOf(_socket.SafeHandle) is { } own
                ? PeerOwner.HasClosed(peer.Unmapped(), own.Unmapped())
                : null;
        }
        catch (ObjectDisposedException)
        {
            return null; // closed by us
        }
    }

    internal override void WhenReset(Action? told)
    {
        try
        {
            Registration?.WhenBroken(told is null ? null : IfReset(told));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It cannot be watched, or is closed: then whoever waits finds out otherwise.
        }
    }

    private Action IfReset(Action told) => () =>
    {
        if (TakeReset())
        {
            told();
        }
    };

    /// <summary>Takes the error that is still to be reported; 0 if there is none.</summary>
    private int TakeError()
    {
        try
        {
            return Libc.TakeError(_socket.SafeHandle);
        }
        catch (ObjectDisposedException)
        {
            return 0; // closed by us meanwhile
        }
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, bool inPlace, CancellationToken cancellationToken)
    {
        if (Registration is null)
        {
            return await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }

        int count = await PollReceiveAsync(Registration, buffer, inPlace, cancellationToken).ConfigureAwait(false);
        return buffer.IsEmpty ? 0 : count;
    }

    /// <summary>Receives by the poller. An empty buffer peeks: 1 if there is something, 0 at the end.</summary>
    private async ValueTask<int> PollReceiveAsync(PollRegistration registration, Memory<byte> buffer, bool inPlace, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            int count = TryReceive(buffer.Span);
            if (count >= 0)
            {
                return count;
            }

            await registration.ReadableAsync(inPlace, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<int> PollSendAsync(PollRegistration registration, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            int count = TrySend(buffer.Span);
            if (count >= 0)
            {
                return count;
            }

            await registration.WritableAsync(inPlace: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Bytes received, or peeked at where <paramref name="buffer"/> is empty; -1 if that would have to wait.</summary>
    private int TryReceive(Span<byte> buffer)
    {
        Span<byte> peeked = stackalloc byte[1];
        return Transferred(buffer.IsEmpty
            ? Libc.Receive(_socket.SafeHandle, peeked, 1, Libc.DontWait | Libc.Peek)
            : Libc.Receive(_socket.SafeHandle, buffer, buffer.Length, Libc.DontWait));
    }

    private int TrySend(ReadOnlySpan<byte> buffer) =>
        Transferred(Libc.Send(_socket.SafeHandle, buffer, buffer.Length, Libc.DontWait | Libc.NoSignal));

    /// <summary>What a call said; -1 if it would have had to wait. With MSG_DONTWAIT no signal interrupts it.</summary>
    private static int Transferred(nint result) =>
        result >= 0 ? (int)result
        : Libc.Error == Libc.Again ? -1
        : throw Libc.Failure("The connection was reset");

    /// <summary>
    /// Ends both directions for good once all that was written is on its way: the system delivers it, and answers what still arrives
    /// by a reset, as it does for a program that has closed its socket.
    /// </summary>
    internal virtual void CloseForGood() => Close();

    /// <summary>Closes at once, whatever <see cref="DisposeAsync"/> of a derived class would still wait for.</summary>
    internal void Close()
    {
        Registration?.Closing();
        _socket.Dispose();
        Registration?.Closed();
    }
}
