using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>A TCP connection, with the bytes that a handshake read too far.</summary>
internal class SocketConnection : ByteConnection
{
    private readonly Socket _socket;
    private ReadOnlyMemory<byte> _unread;
    private bool _writesCompleted;

    /// <summary>Owns <paramref name="socket"/> from now on.</summary>
    internal SocketConnection(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true; // C27: hops answer each other in small messages
    }

    /// <summary>The socket itself, for relays and tests; still owned here.</summary>
    internal Socket Socket => _socket;

    /// <summary>Bytes that arrived behind a handshake: somebody's payload, read before the socket is.</summary>
    internal ReadOnlyMemory<byte> Unread => _unread;

    /// <summary>Puts back what a handshake did not use.</summary>
    internal void Unconsumed(ReadOnlyMemory<byte> bytes) => _unread = bytes;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
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
            int count = await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            return count > 0 || buffer.IsEmpty || !WasReset()
                ? count
                : throw new IOException("The connection was reset.");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection was reset.", e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int sent = await _socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
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
        _writesCompleted = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone: the reading side reports how.
        }

        return ValueTask.CompletedTask;
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

        _socket.Dispose();
    }

    public override ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Whether what looks like the peer's end is a reset. Linux reports a reset once, to a read or to a write; after a
    /// write was told, reads end as if the peer had finished. But behind a FIN a socket waits for ours, and only a reset
    /// closes it. Where a reset came behind a FIN, the error still waits to be reported, and the end is an end.
    /// </summary>
    private bool WasReset()
    {
        if (!OperatingSystem.IsLinux() || _writesCompleted)
        {
            return false;
        }

        // tcp(7), linux/tcp.h: struct tcp_info begins with the state, one byte. socket(7): SO_ERROR is an int.
        const int Tcp = 6, TcpInfo = 11, SocketLevel = 1, PendingError = 4;
        const byte Closed = 7;
        Span<byte> state = stackalloc byte[1];
        Span<byte> error = stackalloc byte[sizeof(int)];
        _ = _socket.GetRawSocketOption(Tcp, TcpInfo, state);
        _ = _socket.GetRawSocketOption(SocketLevel, PendingError, error);
        return state[0] == Closed && BitConverter.ToInt32(error) == 0;
    }
}
