using Plait.Connections;

namespace Plait.Transports;

/// <summary>The handshake of one connection on the client's side: <see cref="IClientTransport.Prepare"/>.</summary>
public interface IClientHandshake : IDisposable
{
    /// <summary>
    /// Shakes hands. Completes when the far side is known to be the right one, as far as the transport can tell; a transport without a
    /// handshake completes at once. Called once, in the thread pool.
    /// </summary>
    /// <param name="wire">
    /// Carries the transport's bytes. The returned stream owns it; if this throws, or completes after <paramref name="cancellationToken"/> has
    /// fired, Plait disposes it.
    /// </param>
    /// <param name="cancellationToken">
    /// Fires when <see cref="IClientTransport.HandshakeTimeout"/> is over, at the deadline of the opening, or when the client has left. A
    /// handshake that does not heed it is given up all the same.
    /// </param>
    /// <returns>
    /// The stream that payload is written to and read from. Its handshake may already have read payload: that is what it gives first.
    /// </returns>
    /// <exception cref="TransportException">The handshake failed.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken);

    /// <summary>Releases what was made for the handshake, such as keys. Called once, also after it has completed.</summary>
    void IDisposable.Dispose()
    {
    }
}
