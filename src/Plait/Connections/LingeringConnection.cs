using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>
/// A connection that is never reset from our side: it says that it has finished, and waits for the other side's end. For a
/// peer whose end has to be known before the connection may be forgotten.
/// </summary>
internal sealed class LingeringConnection(Socket socket, TimeSpan patience) : SocketConnection(socket)
{
    /// <summary>The other side has closed, finished or reset: nothing more comes from it.</summary>
    internal bool PeerEnded { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            int count = await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            PeerEnded |= count == 0 && !buffer.IsEmpty;
            return count;
        }
        catch (IOException)
        {
            PeerEnded = true;
            throw;
        }
    }

    internal override void CloseForGood() => Abort();

    public override void Abort() => _ = CompleteWritesAsync(CancellationToken.None);

    public override async ValueTask DisposeAsync()
    {
        await CompleteWritesAsync(CancellationToken.None).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(patience);
        byte[] discarded = new byte[4096];
        try
        {
            while (!PeerEnded)
            {
                await ReadAsync(discarded, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Reset, which is an end too; or out of patience.
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }
}
