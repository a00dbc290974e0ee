using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Cancels something when the peer of a connection leaves, although no caller reads from it; until it is disposed. Bytes that the peer sends
/// stay unread, and hide what comes after them.
/// </summary>
internal abstract class HangUp : IAsyncDisposable
{
    private readonly CancellationTokenSource _gone;

    private HangUp(CancellationTokenSource gone) => _gone = gone;

    /// <summary>Cancels <paramref name="gone"/> when the peer has left.</summary>
    /// <exception cref="IOException">The connection cannot be watched.</exception>
    internal static HangUp Cancels(CancellationTokenSource gone, SocketConnection connection) =>
        connection is PolledConnection polled ? new Polled(polled, gone) : new Peeking(connection, gone);

    public abstract ValueTask DisposeAsync();

    private void Cancel()
    {
        try
        {
            _ = _gone.CancelAsync(); // its waiters go on elsewhere
        }
        catch (ObjectDisposedException)
        {
            // An event that was on its way when the watch ended.
        }
    }

    /// <summary>By the events of a poller: no wait is begun and none is cancelled, so that an opening does not pay for the exception.</summary>
    private sealed class Polled : HangUp, IReadyHandler
    {
        private readonly PolledConnection _connection;

        internal Polled(PolledConnection connection, CancellationTokenSource gone)
            : base(gone)
        {
            _connection = connection;
            connection.Registration.HandTo(this, connection.Registration.PollerOrNext());
        }

        void IReadyHandler.Ready(PollRegistration registration, Poller poller, EpollEvents events)
        {
            if ((events & EpollEvents.Readable) != 0 && _connection.PeerHasLeft())
            {
                Cancel();
            }
        }

        void IReadyHandler.Closed() => Cancel();

        public override ValueTask DisposeAsync()
        {
            _connection.Registration.TakeBack();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>By a read that takes nothing.</summary>
    private sealed class Peeking : HangUp
    {
        private readonly CancellationTokenSource _enough = new();
        private readonly Task _peeking;

        internal Peeking(SocketConnection connection, CancellationTokenSource gone)
            : base(gone) => _peeking = PeekAsync(connection);

        public override async ValueTask DisposeAsync()
        {
            await _enough.CancelAsync().ConfigureAwait(false);
            await _peeking.ConfigureAwait(false);
            _enough.Dispose();
        }

        private async Task PeekAsync(SocketConnection connection)
        {
            try
            {
                if (!await connection.PeekAsync(_enough.Token).ConfigureAwait(false))
                {
                    Cancel();
                }
            }
            catch (OperationCanceledException)
            {
                // The watch has ended.
            }
            catch (IOException)
            {
                Cancel(); // a reset
            }
        }
    }
}
