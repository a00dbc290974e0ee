using Plait.Connections;

namespace Plait.Transports;

/// <summary>
/// A transport that runs inside Plait. It wraps a connection to the far side into the stream that it offers; it neither
/// dials nor listens. One object serves all connections, side by side.
/// </summary>
public interface IInProcessTransport
{
    /// <summary>The transport's name, a C identifier (N1).</summary>
    string Name { get; }

    /// <summary>
    /// The client side. Completes when the far side is known to be the right one, as far as the transport can tell; a transport without a
    /// handshake completes at once.
    /// </summary>
    /// <param name="wire">Carries the transport's bytes. The returned stream owns it; if this throws, the caller disposes it.</param>
    /// <param name="context">The hop's arguments, and the target.</param>
    /// <param name="cancellationToken">Fires at the deadline of the opening (<c>OpenTimeout</c>), or when the client has left.</param>
    /// <returns>The stream that payload is written to and read from.</returns>
    /// <exception cref="TransportException">The handshake failed, or the arguments cannot be used.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, HopContext context, CancellationToken cancellationToken);

    /// <summary>The server side. Completes when the client has shown that it speaks the transport; a transport without a handshake completes at once.</summary>
    /// <param name="wire">Carries the transport's bytes. The returned stream owns it; if this throws, the caller disposes it.</param>
    /// <param name="context">The hop's arguments.</param>
    /// <param name="cancellationToken">Fires after <c>HandshakeTimeout</c>, or when Plait stops.</param>
    /// <returns>The stream that payload is written to and read from.</returns>
    /// <exception cref="TransportException">The handshake failed, or the arguments cannot be used.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, HopContext context, CancellationToken cancellationToken);
}
