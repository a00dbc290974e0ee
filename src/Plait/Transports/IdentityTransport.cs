using Plait.Connections;

namespace Plait.Transports;

/// <summary>Leaves the bytes as they are: obfsproxy's test transport <c>dummy</c>. Hides nothing.</summary>
internal sealed class IdentityTransport : WrappingTransport
{
    public override string Name => "dummy";

    protected override ByteConnection Wrap(ByteConnection wire) => wire;
}
