namespace Plait.Connections;

/// <summary>
/// A stream of bytes in each direction. The directions end apart from each other. Relays move bytes between two of these, and
/// in-process transports wrap them.
/// </summary>
/// <remarks>
/// One reader and one writer may be active at the same time. The three ends of a connection stay apart (G9):
/// <see cref="CompleteWritesAsync"/> ends our writing, <see cref="Abort"/> is a reset, <see cref="DisposeAsync"/> releases what is held.
/// </remarks>
public abstract class ByteConnection : IAsyncDisposable
{
    /// <summary>Reads some bytes.</summary>
    /// <param name="buffer">Where to; empty to wait until there is something to read, without lending memory.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Number of bytes; 0 for a buffer that was not empty means that the other side writes no more.</returns>
    /// <exception cref="IOException">The other side reset the connection, or it failed.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="buffer"/>.</summary>
    /// <exception cref="IOException">The other side reset the connection, or it failed.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Ends our writing: the other side reads its end. Reading goes on.</summary>
    public abstract ValueTask CompleteWritesAsync(CancellationToken cancellationToken);

    /// <summary>Ends both directions at once: the other side sees a reset. May be called at any time, from any thread.</summary>
    public abstract void Abort();

    /// <summary>
    /// From now on calls <paramref name="reset"/> when the other side has reset the connection, also while there is no read; null ends
    /// that. For a relay whose other end takes nothing. A connection that cannot notice a reset never calls it.
    /// </summary>
    internal virtual void WhenReset(Action? reset)
    {
    }

    /// <summary>
    /// Whether the peer, which writes no more, has closed its socket, so that it reads no more either. False while a process still
    /// owns the socket; null where that cannot be known, for instance of a peer on another machine.
    /// </summary>
    internal virtual bool? PeerHasClosed() => null;

    /// <summary>
    /// From now on a read or write that has to wait goes on on the poller's thread that ends the wait, not in the thread pool: for a relay whose
    /// turns are short, because to wake another thread for each of them would be the larger part of its cost. No layer between the relay and
    /// the socket waits otherwise, or takes long.
    /// </summary>
    internal virtual void GoOnInPlace()
    {
    }

    /// <summary>Whether <see cref="GoOnInPlace"/> may be called. Not if a layer is code of others.</summary>
    internal virtual bool CanGoOnInPlace => false;

    /// <summary>Releases what the connection holds. Bytes already written are still delivered.</summary>
    public abstract ValueTask DisposeAsync();
}
