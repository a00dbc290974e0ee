using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Notices when the peer of a connection leaves while nobody reads from it. Bytes that it sends wait, and hide what comes
/// behind them.
/// </summary>
/// <remarks>On Linux no wait is begun and none is cancelled: an opening would pay for the exception.</remarks>
internal sealed class HangUp : IReadyHandler, IAsyncDisposable
{
    private readonly SocketConnection _connection;
    private readonly CancellationTokenSource _gone;
    private readonly CancellationTokenSource? _enough; // where there are no pollers
    private readonly Task _peeking = Task.CompletedTask;

    private HangUp(SocketConnection connection, CancellationTokenSource gone)
    {
        (_connection, _gone) = (connection, gone);
        if (connection.Registration is { } registration)
        {
            registration.HandTo(this, registration.PollerOrNext());
        }
        else
        {
            _enough = new();
            _peeking = PeekAsync(_enough.Token);
        }
    }

    /// <summary>Cancels <paramref name="gone"/> when the peer has left; until it is disposed.</summary>
    /// <exception cref="IOException">The connection cannot be watched.</exception>
    internal static HangUp Cancels(CancellationTokenSource gone, SocketConnection connection) => new(connection, gone);

    void IReadyHandler.Ready(PollRegistration registration, Poller poller, EpollEvents events)
    {
        if ((events & EpollEvents.Readable) != 0 && _connection.PeerHasLeft())
        {
            Cancel();
        }
    }

    void IReadyHandler.Closed() => Cancel();

    public async ValueTask DisposeAsync()
    {
        _connection.Registration?.TakeBack();
        if (_enough is not null)
        {
            await _enough.CancelAsync().ConfigureAwait(false);
            await _peeking.ConfigureAwait(false);
            _enough.Dispose();
        }
    }

    private void Cancel()
    {
        try
        {
            _ = _gone.CancelAsync(); // whoever waits for it goes on elsewhere
        }
        catch (ObjectDisposedException)
        {
            // An event that was on its way when the watch ended.
        }
    }

    private async Task PeekAsync(CancellationToken enough)
    {
        try
        {
            if (!await _connection.PeekAsync(enough).ConfigureAwait(false))
            {
                Cancel();
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody wants to know any more.
        }
        catch (IOException)
        {
            Cancel(); // a reset
        }
    }
}
