using Plait.Connections;
using Plait.Wire.Arguments;

namespace Plait.Transports;

/// <summary>
/// A transport's server at one place of a chain: <see cref="IServerTransport.PrepareAsync"/>. It serves all connections of that place, side by
/// side.
/// </summary>
public interface IPreparedServer : IDisposable
{
    /// <summary>The arguments that its clients need, as in the ARGS of an SMETHOD line. They become part of the chain's bridge line.</summary>
    PtArguments ClientArguments => PtArguments.Empty;

    /// <summary>How long a client may take for its handshake, from when its connection has come; null for Plait's <c>HandshakeTimeout</c>.</summary>
    TimeSpan? HandshakeTimeout => null;

    /// <summary>
    /// For a connection whose handshake failed, in whatever way, its time-out included: how long after it came it is closed. Until then Plait
    /// reads what the peer sends, throws it away and answers nothing; it then ends the connection by FIN, or as soon as the peer has ended it.
    /// Null to close at once. Asked for each such connection.
    /// </summary>
    TimeSpan? ClosesRejectedAfter => null;

    /// <inheritdoc cref="IClientTransport.EndsDirectionsApart"/>
    bool EndsDirectionsApart => true;

    /// <summary>
    /// Shakes hands with one client. Completes when the client has shown that it speaks the transport, as far as the transport asks for
    /// that; a transport without a handshake completes at once. Called in the thread pool.
    /// </summary>
    /// <param name="wire">
    /// Carries the transport's bytes. The returned stream owns it; if this throws, or completes after <paramref name="cancellationToken"/> has
    /// fired, Plait has it again, and this server writes nothing more.
    /// </param>
    /// <param name="cancellationToken">
    /// Fires when <see cref="HandshakeTimeout"/> is over, or when Plait stops. A handshake that does not heed it is given up all the same.
    /// </param>
    /// <returns>The stream that payload is written to and read from. Its handshake may already have read payload: that is what it gives first.</returns>
    /// <exception cref="TransportException">The handshake failed.</exception>
    /// <exception cref="IOException">The connection was lost.</exception>
    ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken);

    /// <summary>Releases what it holds, such as keys. No connection is in its handshake then, except one that did not heed its end.</summary>
    void IDisposable.Dispose()
    {
    }
}
