using Plait.Connections;

namespace Plait.Transports;

/// <summary>Leaves the bytes as they are: obfsproxy's test transport <c>dummy</c>. Hides nothing.</summary>
internal sealed class IdentityTransport : IInProcessTransport
{
    public string Name => "dummy";

    public ByteConnection WrapClient(ByteConnection wire) => wire;

    public ByteConnection WrapServer(ByteConnection wire) => wire;
}
