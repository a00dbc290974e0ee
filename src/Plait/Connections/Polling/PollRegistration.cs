using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>
/// One descriptor's place in a poller, taken at the first wait: a socket or pipe that never waits is never registered.
/// Its events go to whoever waits, or, once it is <see cref="HandTo">handed</see> to a relay, there.
/// </summary>
[ProgramSeam]
internal sealed class PollRegistration(SafeHandle descriptor)
{
    private readonly Lock _lock = new();
    private Readiness? _readable; // both or none: only while somebody may wait
    private Readiness? _writable;
    private volatile IReadyHandler? _handler;
    private volatile Action? _broken;
    private Poller? _poller;
    private bool _closed;

    /// <summary>Its name in its poller, which gives it; 0 while it has none.</summary>
    internal ulong Key { get; set; }

    /// <summary>Waits until a read may do something. For after an EAGAIN.</summary>
    /// <param name="inPlace">As in <see cref="Readiness.WaitAsync"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal ValueTask ReadableAsync(bool inPlace, CancellationToken cancellationToken)
    {
        Register();
        return _readable!.WaitAsync(inPlace, cancellationToken);
    }

    /// <summary>Waits until a write may do something. For after an EAGAIN.</summary>
    /// <inheritdoc cref="ReadableAsync"/>
    internal ValueTask WritableAsync(bool inPlace, CancellationToken cancellationToken)
    {
        Register();
        return _writable!.WaitAsync(inPlace, cancellationToken);
    }

    /// <summary>
    /// From now on has <paramref name="told"/> called, on the poller's thread, when the socket is in error or closed both ways,
    /// also if it is so already; null ends that.
    /// </summary>
    /// <exception cref="IOException">The system has no room for it.</exception>
    internal void WhenBroken(Action? told)
    {
        _broken = told;
        if (told is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_poller is { } poller)
            {
                poller.Renew(this, descriptor);
                return;
            }
        }

        Register();
    }

    /// <summary>
    /// Gives the events to <paramref name="handler"/>, on <paramref name="poller"/>'s thread. What the socket is ready for
    /// already is told as the first event.
    /// </summary>
    /// <exception cref="IOException">The system has no room for it.</exception>
    internal void HandTo(IReadyHandler handler, Poller poller)
    {
        lock (_lock)
        {
            if (_closed)
            {
                handler.Closed();
                return;
            }

            _handler = handler;
            _readable = _writable = null;
            if (_poller == poller)
            {
                poller.Renew(this, descriptor);
                return;
            }

            _poller?.Remove(this, descriptor);
            _poller = null;
            poller.Add(this, descriptor);
            _poller = poller;
        }
    }

    /// <summary>The poller that it is registered with, or null.</summary>
    internal Poller? Poller => _poller;

    /// <summary>Ends <see cref="HandTo"/>.</summary>
    internal void TakeBack() => _handler = null;

    /// <summary>To be called before the socket is closed; then <see cref="Closed"/>.</summary>
    internal void Closing()
    {
        lock (_lock)
        {
            _closed = true;
            _poller?.Remove(this, descriptor);
            _poller = null;
        }
    }

    /// <summary>The socket is closed: whoever waits finds that out now.</summary>
    internal void Closed()
    {
        _readable?.Signal(isEvent: false);
        _writable?.Signal(isEvent: false);
        _handler?.Closed();
    }

    /// <summary>Called by a poller.</summary>
    internal void Happened(Poller poller, EpollEvents events)
    {
        if (_handler is { } handler)
        {
            handler.Ready(this, poller, events);
            return;
        }

        if ((events & EpollEvents.Broken) != 0)
        {
            _broken?.Invoke();
        }

        if ((events & EpollEvents.Readable) != 0)
        {
            _readable?.Signal(isEvent: true);
        }

        if ((events & EpollEvents.Writable) != 0)
        {
            _writable?.Signal(isEvent: true);
        }
    }

    private void Register()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            bool begins = _readable is null;
            if (begins)
            {
                (_readable, _writable) = (new(), new()); // before any event can come for them
            }

            if (_poller is null)
            {
                Poller poller = Poller.Next();
                poller.Add(this, descriptor);
                _poller = poller;
            }
            else if (begins)
            {
                _poller.Renew(this, descriptor); // events that came while there was no waiter are repeated
            }
        }
    }
}
