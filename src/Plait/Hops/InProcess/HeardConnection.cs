using Plait.Chains;
using Plait.Connections;

namespace Plait.Hops.InProcess;

/// <summary>
/// The connection to the network under a transport inside Plait: no relay stands between the two, so its first byte is noted here. What is known
/// of it chooses the advice if the handshake fails.
/// </summary>
internal sealed class HeardConnection(ByteConnection inner, HopTrace trace) : WrappedConnection(inner)
{
    private bool _heard;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> reading = Inner.ReadAsync(buffer, cancellationToken);
        return _heard ? reading : HearAsync(reading);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        Inner.WriteAsync(buffer, cancellationToken);

    private async ValueTask<int> HearAsync(ValueTask<int> reading)
    {
        int count = await reading.ConfigureAwait(false);
        if (count > 0)
        {
            _heard = true;
            trace.HearsNetwork();
        }

        return count;
    }
}
