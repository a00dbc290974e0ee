namespace Plait.Connections;

/// <summary>A connection around another one, which it owns: ends, resets and their notice are those of the other one.</summary>
/// <param name="inner">The connection inside.</param>
internal abstract class WrappedConnection(ByteConnection inner) : ByteConnection
{
    /// <summary>The connection inside.</summary>
    protected ByteConnection Inner => inner;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => inner.CompleteWritesAsync(cancellationToken);

    public override void Abort() => inner.Abort();

    internal override void WhenReset(Action? reset) => inner.WhenReset(reset);

    internal override bool? PeerHasClosed() => inner.PeerHasClosed();

    internal override void GoOnInPlace() => inner.GoOnInPlace();

    internal override bool CanGoOnInPlace => inner.CanGoOnInPlace;

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
