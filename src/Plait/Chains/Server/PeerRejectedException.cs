using System.Buffers;
using Plait.Connections;
using Plait.Diagnostics.Failures;

namespace Plait.Chains.Server;

/// <summary>
/// A hop inside Plait has rejected its peer, and knows how such a connection ends: what a prober sees then is the transport's own behaviour
/// (G12).
/// </summary>
/// <param name="failure">Why.</param>
/// <param name="stream">The peer's stream, of which nothing has been answered.</param>
/// <param name="came">When the stream came, as a timestamp of the clock.</param>
/// <param name="closesAfter">How long after that it is closed; null for at once.</param>
internal sealed class PeerRejectedException(ChainException failure, ByteConnection stream, long came, TimeSpan? closesAfter)
    : Exception(failure.Message, failure)
{
    // What one peer sends is read in pieces of this size and thrown away.
    private const int Piece = 4096;

    /// <summary>Why.</summary>
    internal ChainFailure Failure => failure.Failure;

    /// <summary>
    /// Reads and discards until the stream is to be closed, or the peer has ended it. All is read, so that the system closes by FIN and
    /// not by RST (O4-35).
    /// </summary>
    /// <param name="services">Their counter bounds how many rejected peers are kept.</param>
    /// <param name="stopping">Ends it.</param>
    internal async Task DiscardAsync(HostServices services, CancellationToken stopping)
    {
        if (closesAfter is not { } whole
            || whole - services.Time.GetElapsedTime(came) is not { Ticks: > 0 } left
            || !services.RejectedPeers.TryTake())
        {
            return;
        }

        using var limit = new TimeLimit(services.Time, left, stopping);
        try
        {
            int count;
            do
            {
                await stream.ReadAsync(Memory<byte>.Empty, limit.Token).ConfigureAwait(false);
                byte[] piece = ArrayPool<byte>.Shared.Rent(Piece);
                count = await stream.ReadAsync(piece, limit.Token).ConfigureAwait(false);
                ArrayPool<byte>.Shared.Return(piece); // not on failure: an aborted read may still hold it
            }
            while (count > 0);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The time is over, the peer has reset it, or Plait stops.
        }
        finally
        {
            services.RejectedPeers.Release();
        }
    }
}
