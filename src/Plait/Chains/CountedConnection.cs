using Plait.Connections;

namespace Plait.Chains;

/// <summary>Counts the bytes that an in-process hop exchanges with the hop behind it: between the two there is no relay to count them.</summary>
internal sealed class CountedConnection(ByteConnection inner, HopTrace trace) : ByteConnection
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        trace.CountInward(count);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        trace.CountOutward(buffer.Length);
    }

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) =>
        inner.CompleteWritesAsync(cancellationToken);

    public override void Abort() => inner.Abort();

    internal override void WhenReset(Action? reset) => inner.WhenReset(reset);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
