using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Native;

namespace Plait.Connections;

/// <summary>
/// An acceptor on Linux, by a <see cref="Poller"/>, so that no socket of ours starts the runtime's own event loop. Its caller goes on where
/// the connection comes, on a poller's thread.
/// </summary>
internal sealed class PolledAcceptor : Acceptor
{
    /// <summary>Accepts per round of the poller, so that a burst of connects cannot delay relays: a fraction of what a turn of a relay takes.</summary>
    internal const int PerRound = 8;

    private readonly PollerSet _pollers;
    private readonly PollRegistration _registration;
    private readonly Lock _taking = new();
    private bool _taken;
    private int _inARow;

    internal PolledAcceptor(Socket listener, PollerSet pollers)
        : base(listener)
    {
        Libc.DoNotBlock(listener.SafeHandle);
        _pollers = pollers;
        _registration = new(listener.SafeHandle, pollers);
    }

    internal override async ValueTask<SocketConnection> AcceptAsync(CancellationToken cancellationToken)
    {
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

            await WaitAsync(cancellationToken).ConfigureAwait(false);
            _inARow = 0;
        }
    }

    internal override bool HasCome()
    {
        lock (_taking)
        {
            try
            {
                return _taken || Listener.Poll(0, SelectMode.SelectRead);
            }
            catch (ObjectDisposedException)
            {
                return true; // there is nothing more to find out
            }
        }
    }

    public override void Dispose()
    {
        _registration.Closing();
        Listener.Dispose();
        _registration.Closed();
    }

    /// <summary>The next client of the queue, or null. It is noted in the same step, so that <see cref="HasCome"/> sees it here or there.</summary>
    private PolledConnection? TryAccept()
    {
        lock (_taking)
        {
            while (true)
            {
                int accepted = Libc.Accept(Listener.SafeHandle, 0, 0, Libc.CloseOnExec);
                if (_taken = accepted >= 0)
                {
                    return new(new SocketHandle(accepted), _pollers);
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

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _registration.ReadableAsync(inPlace: true, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw new SocketException((int)SocketError.TooManyOpenSockets); // it cannot be watched
        }
    }
}
