using Plait.Connections;

namespace Plait.Transports;

/// <summary>Leaves the bytes as they are: obfsproxy's test transport <c>dummy</c>. Hides nothing.</summary>
internal sealed class IdentityTransport : IInProcessTransport
{
    public string Name => "dummy";

    public ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, HopContext context, CancellationToken cancellationToken) => new(wire);

    public ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, HopContext context, CancellationToken cancellationToken) => new(wire);
}
