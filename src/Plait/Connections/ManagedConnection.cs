using System.Net;
using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>A connection where there are no pollers: it waits by the asynchronous operations of <see cref="Socket"/>.</summary>
internal sealed class ManagedConnection : SocketConnection
{
    private readonly Socket _socket;

    internal ManagedConnection(Socket socket)
    {
        _socket = socket;
        try
        {
            _socket.NoDelay = true; // C27: hops answer each other in small messages
        }
        catch (SocketException)
        {
            // The peer has left already, as some systems report here: the first read finds that out.
        }
    }

    /// <summary>The socket itself, for tests; still owned here.</summary>
    internal Socket Socket => _socket;

    internal override int Descriptor => (int)_socket.Handle;

    internal override IPEndPoint? Peer => EndPointOf(socket => socket.RemoteEndPoint);

    internal override IPEndPoint? Own => EndPointOf(socket => socket.LocalEndPoint);

    internal override Task ConnectAsync(EndPoint target, CancellationToken cancellationToken) =>
        _socket.ConnectAsync(target, cancellationToken).AsTask();

    internal override async ValueTask<int> ReadAsync(Memory<byte> buffer, bool inPlace, CancellationToken cancellationToken)
    {
        if (!Unread.IsEmpty)
        {
            return ReadUnread(buffer);
        }

        try
        {
            return await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Reset(e);
        }
    }

    internal override async Task<bool> PeekAsync(CancellationToken cancellationToken)
    {
        try
        {
            return !Unread.IsEmpty || await _socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken).ConfigureAwait(false) > 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Reset(e);
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
            throw Reset(e);
        }
    }

    internal override void CompleteWrites()
    {
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
            _socket.LingerState = new LingerOption(true, 0); // closing then sends RST
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already closed.
        }

        Close();
    }

    internal override void Close() => _socket.Dispose();

    private IPEndPoint? EndPointOf(Func<Socket, EndPoint?> end)
    {
        try
        {
            return end(_socket) as IPEndPoint;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
