using Plait.Connections;

namespace Plait.Transports;

/// <summary>A transport without arguments, state or handshake: it wraps each connection at once, the same way on both sides.</summary>
internal abstract class WrappingTransport : IClientTransport, IServerTransport, IClientHandshake, IPreparedServer
{
    public abstract string Name { get; }

    public TimeSpan? HandshakeTimeout => null;

    public bool EndsDirectionsApart => true;

    public IClientHandshake Prepare(ClientTransportContext context) => this;

    public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken) => new(this);

    public ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken) => new(Wrap(wire));

    public ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken) => new(Wrap(wire));

    public void Dispose()
    {
        // One object serves all connections for as long as the process lives.
    }

    /// <summary>Wraps a connection.</summary>
    protected abstract ByteConnection Wrap(ByteConnection wire);
}
