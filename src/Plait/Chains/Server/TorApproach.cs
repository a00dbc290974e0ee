using System.Net;
using System.Net.Sockets;

namespace Plait.Chains.Server;

/// <summary>
/// A connection's way to tor, begun while its inner hops still shake hands: when they have done so, tor has accepted our
/// authentication, and only the client is still to be introduced. It is begun only for clients that the wire hop has let through,
/// and given up if it is not taken in time.
/// </summary>
internal sealed class TorApproach : IDisposable
{
    private readonly CancellationTokenSource _patience;
    private readonly Task<InnerConnection> _connection;
    private int _over;

    /// <summary>Begins to approach tor.</summary>
    /// <param name="tor">tor.</param>
    /// <param name="client">As <see cref="InnerEnd.ApproachAsync"/> has it.</param>
    /// <param name="alias">The same.</param>
    /// <param name="patience">How long it is kept.</param>
    /// <param name="time">The clock.</param>
    internal TorApproach(InnerEnd tor, IPEndPoint? client, string alias, TimeSpan patience, TimeProvider time)
    {
        _patience = new(patience, time);
        _connection = tor.ApproachAsync(client, alias, _patience.Token);
        _patience.Token.UnsafeRegister(static approach => ((TorApproach)approach!).Dispose(), this);
    }

    /// <summary>Takes it, once.</summary>
    /// <returns>Null if it has been given up or has failed. Then the caller asks tor anew, and reports how that fails.</returns>
    internal async Task<InnerConnection?> TakeAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _over, 1) != 0)
        {
            return null;
        }

        try
        {
            return await _connection.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await _patience.CancelAsync().ConfigureAwait(false);
            _ = CloseAsync();
            throw;
        }
        catch (Exception e) when (e is TorRefusedException or SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
        finally
        {
            _patience.Dispose();
        }
    }

    /// <summary>Gives it up, unless it has been taken.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _over, 1) == 0)
        {
            _patience.Cancel();
            _ = CloseAsync();
            _patience.Dispose();
        }
    }

    private async Task CloseAsync()
    {
        await ((Task)_connection).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connection.IsCompletedSuccessfully)
        {
            _connection.Result.Close();
        }
    }
}
