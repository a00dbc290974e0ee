using Plait.Connections;

namespace Plait.Chains.Client;

/// <summary>
/// The stream of a hop that granted before it had entered its joint (G2). Bytes may go out: some hops dial only once
/// payload flows. Bytes that come back before the joint is entered did not come through the chain: the hop has gone
/// around it, and the connection ends (G3).
/// </summary>
internal sealed class ProvisionalConnection(ByteConnection inner, Task entered, Action wentAround) : ByteConnection
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count > 0 && !entered.IsCompletedSuccessfully)
        {
            wentAround();
            throw new IOException("The hop went around the chain.");
        }

        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) =>
        inner.CompleteWritesAsync(cancellationToken);

    public override void Abort() => inner.Abort();

    internal override void WhenReset(Action? reset) => inner.WhenReset(reset);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
