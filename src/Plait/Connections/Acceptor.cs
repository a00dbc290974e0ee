using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// Accepts from a listening socket: by a <see cref="Poller"/> where there are pollers, so that no socket of ours starts the
/// runtime's own event loop; else as the runtime does. One caller at a time.
/// </summary>
internal sealed class Acceptor : IDisposable
{
    private readonly Socket _listener;
    /// <summary>So many are taken until others have their turn: a fraction of what a turn of a relay takes.</summary>
    internal const int PerRound = 8;

    private readonly PollRegistration? _registration;
    private readonly Lock _taking = new();
    private bool _taken;
    private int _inARow;

    /// <summary>Owns <paramref name="listener"/> from now on; on Linux one of <paramref name="pollers"/> watches it.</summary>
    internal Acceptor(Socket listener, PollerSet pollers)
    {
        _listener = listener;
        if (OperatingSystem.IsLinux())
        {
            Libc.DoNotBlock(listener.SafeHandle);
            _registration = new(listener.SafeHandle, pollers);
        }
    }

    /// <summary>The listening socket; still owned here.</summary>
    internal Socket Listener => _listener;

    /// <summary>
    /// The next connection. <paramref name="cancellationToken"/>, or disposal, ends the wait. Goes on where it comes, on a poller's
    /// thread; of many that come at once some are for each round of it, so that they hold up nobody's bytes.
    /// </summary>
    /// <exception cref="SocketException">None can be accepted at the moment; the connection stays in the queue.</exception>
    /// <exception cref="ObjectDisposedException">It no longer listens.</exception>
    internal async ValueTask<Socket> AcceptAsync(CancellationToken cancellationToken)
    {
        if (_registration is null)
        {
            return await _listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
        }

        if (++_inARow == PerRound)
        {
            await Poller.NextRoundAsync().ConfigureAwait(false);
            _inARow = 0;
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAccept() is { } accepted)
            {
                return accepted;
            }

            await WaitAsync(_registration, cancellationToken).ConfigureAwait(false);
            _inARow = 0;
        }
    }

    /// <summary>
    /// Whether somebody has connected: whom the last <see cref="AcceptAsync"/> took, or who waits in the queue. True where the
    /// system leaves accepting to the runtime, which takes from the queue some time before it says so.
    /// </summary>
    internal bool HasCome()
    {
        if (_registration is null)
        {
            return true;
        }

        lock (_taking)
        {
            try
            {
                return _taken || _listener.Poll(0, SelectMode.SelectRead);
            }
            catch (ObjectDisposedException)
            {
                return true; // there is nothing more to find out
            }
        }
    }

    public void Dispose()
    {
        _registration?.Closing();
        _listener.Dispose();
        _registration?.Closed();
    }

    /// <summary>Whoever waits in the queue, or null. It is noted in the same step: <see cref="HasCome"/> sees them here or there.</summary>
    private Socket? TryAccept()
    {
        lock (_taking)
        {
            while (true)
            {
                int accepted = Libc.Accept(_listener.SafeHandle, 0, 0, Libc.CloseOnExec);
                if (_taken = accepted >= 0)
                {
                    return new(new SafeSocketHandle(accepted, ownsHandle: true));
                }

                switch (Libc.Error)
                {
                    case Libc.Again:
                        return null;
                    case Libc.Interrupted or Libc.ConnectionAborted:
                        break; // that peer has left; there may be others
                    case Libc.Invalid:
                        throw new SocketException((int)SocketError.InvalidArgument); // it does not listen
                    default: // accept(2): no descriptor, no memory, or an error of the network that may pass
                        throw new SocketException((int)SocketError.TooManyOpenSockets);
                }
            }
        }
    }

    private static async ValueTask WaitAsync(PollRegistration registration, CancellationToken cancellationToken)
    {
        try
        {
            await registration.ReadableAsync(inPlace: true, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets); // it cannot be watched
        }
    }
}
