using Plait.Connections;

namespace Plait.Transports.Obfs3;

/// <summary>
/// obfs3: a stream of random-looking bytes after an unauthenticated key exchange. It has no arguments and no state (O3-1). It hides what is
/// inside from an observer, not that it is obfs3 from a prober (O3-10).
/// </summary>
internal sealed class Obfs3Transport : IClientTransport, IServerTransport
{
    public string Name => "obfs3";

    public TimeSpan? HandshakeTimeout => Obfs3Handshake.Timeout;

    /// <summary>The originals close both sides at the first end that they see (S30).</summary>
    public bool EndsDirectionsApart => false;

    public IClientHandshake Prepare(ClientTransportContext context) => new Client(context.Time);

    public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken) =>
        new(new Server(context.Time));

    private sealed class Client(TimeProvider time) : IClientHandshake
    {
        public ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken) =>
            new Obfs3Handshake(Obfs3Role.Initiator, time).RunAsync(wire, cancellationToken);
    }

    private sealed class Server(TimeProvider time) : IPreparedServer
    {
        public TimeSpan? HandshakeTimeout => Obfs3Handshake.Timeout;

        public bool EndsDirectionsApart => false;

        public ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken) =>
            new Obfs3Handshake(Obfs3Role.Responder, time).RunAsync(wire, cancellationToken);
    }
}
