using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Cancels something when the peer of a connection leaves, although no caller reads from it; until it is disposed. Bytes that the peer sends
/// stay unread, and hide what comes after them. A peer that ends its writing has left, unless it may still read.
/// </summary>
internal abstract class HangUp : IAsyncDisposable
{
    private readonly CancellationTokenSource _gone;
    private readonly bool _mayHalfClose;

    private HangUp(CancellationTokenSource gone, bool mayHalfClose) => (_gone, _mayHalfClose) = (gone, mayHalfClose);

    /// <summary>Cancels <paramref name="gone"/> when the peer has left.</summary>
    /// <param name="gone">What is canceled.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="mayHalfClose">An end of writing alone is no leaving: the peer has closed its socket, or reset the connection.</param>
    /// <exception cref="IOException">The connection cannot be watched.</exception>
    internal static HangUp Cancels(CancellationTokenSource gone, SocketConnection connection, bool mayHalfClose = false) =>
        connection is PolledConnection polled ? new Polled(polled, gone, mayHalfClose) : new Peeking(connection, gone, mayHalfClose);

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

        internal Polled(PolledConnection connection, CancellationTokenSource gone, bool mayHalfClose)
            : base(gone, mayHalfClose)
        {
            _connection = connection;
            connection.Registration.HandTo(this, connection.Registration.PollerOrNext());
        }

        void IReadyHandler.Ready(PollRegistration registration, Poller poller, EpollEvents events)
        {
            if ((events & EpollEvents.Readable) != 0 && _connection.PeerHasLeft()
                && (!_mayHalfClose || (events & EpollEvents.Broken) != 0 || _connection.PeerHasClosed() == true))
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

        internal Peeking(SocketConnection connection, CancellationTokenSource gone, bool mayHalfClose)
            : base(gone, mayHalfClose) => _peeking = PeekAsync(connection);

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
                if (!await connection.PeekAsync(_enough.Token).ConfigureAwait(false) && (!_mayHalfClose || connection.PeerHasClosed() == true))
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
