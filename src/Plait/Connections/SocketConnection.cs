using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// A TCP connection, with the bytes that a handshake read too far. How it waits is the back-end's: <see cref="PolledConnection"/> on
/// Linux, <see cref="ManagedConnection"/> elsewhere.
/// </summary>
[ProgramSeam]
internal abstract class SocketConnection : ByteConnection
{
    private ReadOnlyMemory<byte> _unread;

    /// <summary>A connection that owns what <paramref name="socket"/> was. It may be connected later, by <see cref="ConnectAsync"/>.</summary>
    /// <param name="socket">The socket, which must not be used any more, not even to dispose it: a polled connection takes its descriptor.</param>
    /// <param name="pollers">They choose the back-end, and watch the socket if they watch any.</param>
    internal static SocketConnection Of(Socket socket, PollerSet pollers) =>
        pollers.WatchSockets ? new PolledConnection(SocketHandle.Take(socket), pollers) : new ManagedConnection(socket);

    /// <summary>The number of its descriptor.</summary>
    internal abstract int Descriptor { get; }

    /// <summary>The peer's end; null if it has none: it is not connected, or no longer.</summary>
    internal abstract IPEndPoint? Peer { get; }

    /// <summary>Our own end; null if that is not known.</summary>
    internal abstract IPEndPoint? Own { get; }

    /// <summary>Bytes that arrived after the last message of a handshake: payload, which reads give before those of the socket.</summary>
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
    internal abstract Task ConnectAsync(EndPoint target, CancellationToken cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(buffer, inPlace: false, cancellationToken);

    /// <summary>The same. With <paramref name="inPlace"/> a read that had to wait may go on in the place that <see cref="Readiness.WaitAsync"/> describes.</summary>
    internal abstract ValueTask<int> ReadAsync(Memory<byte> buffer, bool inPlace, CancellationToken cancellationToken);

    /// <summary>Waits until the other side has sent something or has ended, and takes nothing away.</summary>
    /// <returns>Whether there is something to read; false at the end.</returns>
    /// <exception cref="IOException">The other side reset the connection, or it failed.</exception>
    internal abstract Task<bool> PeekAsync(CancellationToken cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        CompleteWrites();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends our writing. It never waits. If the connection has failed, reads report how.</summary>
    internal abstract void CompleteWrites();

    /// <summary>Closes the socket. The system delivers what was written, and answers what still arrives by a reset.</summary>
    internal abstract void Close();

    public override ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes bytes that a handshake read too far; 0 if there are none.</summary>
    protected int ReadUnread(Memory<byte> buffer)
    {
        int count = Math.Min(buffer.Length, _unread.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return count;
    }

    /// <summary>How every failure of a connection is reported.</summary>
    protected static IOException Reset(Exception? cause = null) => new("The connection was reset.", cause);
}
