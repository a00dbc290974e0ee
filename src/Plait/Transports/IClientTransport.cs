namespace Plait.Transports;

/// <summary>
/// The client side of a transport that runs inside Plait. It wraps a connection to the far side into the stream that it offers; it neither dials
/// nor listens. One object serves all connections, side by side.
/// </summary>
public interface IClientTransport
{
    /// <summary>The transport's name, a C identifier (N1).</summary>
    string Name { get; }

    /// <summary>
    /// How long the handshake of one connection may take, from when the connection to wrap stands; null for no limit of its own. The opening's
    /// own limit (<c>OpenTimeout</c>) holds in any case.
    /// </summary>
    TimeSpan? HandshakeTimeout => null;

    /// <summary>
    /// Whether one direction of its streams can end while the other goes on. If not, Plait does not wait for the second end: the hop's other side
    /// closes both ways at the first.
    /// </summary>
    bool EndsDirectionsApart => true;

    /// <summary>
    /// Prepares one connection, before anything is dialled for it: reads the arguments, and makes what the handshake needs. Called in the thread
    /// pool; it may compute, and waits for nothing.
    /// </summary>
    /// <param name="context">The hop's arguments, and the target.</param>
    /// <returns>The handshake of this connection. Plait disposes it, used or not.</returns>
    /// <exception cref="TransportException">
    /// The arguments cannot be used (<see cref="Diagnostics.Failures.FailureCause.ArgumentWrong"/>). Nothing is dialled then.
    /// </exception>
    IClientHandshake Prepare(ClientTransportContext context);
}
