using Plait.Connections;

namespace Plait.Transports.Foreign;

/// <summary>The stream of a transport of others: whatever it throws becomes the loss of the connection.</summary>
/// <param name="stream">Its stream.</param>
internal sealed class ForeignConnection(ByteConnection stream) : WrappedConnection(stream)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            int count = await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return count >= 0 && count <= buffer.Length ? count : throw new IOException("The transport read more than there is room for.");
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException))
        {
            throw Lost(e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException))
        {
            throw Lost(e);
        }
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Inner.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException))
        {
            throw Lost(e);
        }
    }

    public override void Abort()
    {
        try
        {
            Inner.Abort();
        }
        catch (Exception)
        {
            // The connection is given up.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await Inner.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The connection is given up.
        }
    }

    /// <summary>A relay that goes on in place must not wait: what the code of others does is not known.</summary>
    internal override bool CanGoOnInPlace => false;

    private static IOException Lost(Exception error) => new("The transport failed.", error);
}
