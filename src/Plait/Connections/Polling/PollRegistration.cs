using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Connections.Polling;

/// <summary>
/// One descriptor's place in a poller, taken at the first wait: a socket or pipe that never waits is never registered.
/// Its events end the waits for it, or, once it is <see cref="HandTo">handed</see> to a handler, go there.
/// </summary>
/// <param name="descriptor">The descriptor; its owner closes it.</param>
/// <param name="pollers">One of these watches it.</param>
[ProgramSeam]
internal sealed class PollRegistration(SafeHandle descriptor, PollerSet pollers)
{
    private readonly Lock _lock = new();
    private Readiness? _readable; // both or neither: made at the first wait
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
    /// <exception cref="IOException">It cannot be watched.</exception>
    /// <exception cref="ObjectDisposedException">It is closed, or has failed.</exception>
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
    /// From now on calls <paramref name="broken"/>, on the poller's thread, when the socket is in error or closed both ways,
    /// also if it is so already; null ends that.
    /// </summary>
    /// <exception cref="IOException">It cannot be watched.</exception>
    internal void WhenBroken(Action? broken)
    {
        _broken = broken;
        if (broken is null)
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
    /// Gives the events to <paramref name="handler"/>, on <paramref name="poller"/>'s thread. The first event reports what the descriptor is
    /// ready for already.
    /// </summary>
    /// <exception cref="IOException">It cannot be watched.</exception>
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

    /// <summary>The poller that it is registered with; while there is none, the next one of its set.</summary>
    /// <exception cref="IOException">The system gives none.</exception>
    internal Poller PollerOrNext() => _poller ?? pollers.Next();

    /// <summary>Ends <see cref="HandTo"/>.</summary>
    internal void TakeBack() => _handler = null;

    /// <summary>The owner calls it before it closes the descriptor, and <see cref="Closed"/> afterwards.</summary>
    internal void Closing()
    {
        lock (_lock)
        {
            _closed = true;
            _poller?.Remove(this, descriptor);
            _poller = null;
        }
    }

    /// <summary>The descriptor is closed: waits end, and the handler is called. Throws nothing.</summary>
    internal void Closed()
    {
        _readable?.Signal(isEvent: false);
        _writable?.Signal(isEvent: false);
        try
        {
            _handler?.Closed();
        }
        catch (Exception e) // the boundary: the owner goes on, and so does the poller
        {
            pollers.Report(e);
        }
    }

    /// <summary>Its handler threw: the descriptor is watched no more, as if its owner had closed it. Called by its poller.</summary>
    internal void Fail(Poller poller)
    {
        lock (_lock)
        {
            if (_poller != poller)
            {
                return; // another poller watches it by now
            }
        }

        Closing();
        Closed();
    }

    /// <summary><paramref name="poller"/> ends: what waits for the descriptor tries again, and fails.</summary>
    internal void Abandon(Poller poller)
    {
        lock (_lock)
        {
            if (_poller != poller)
            {
                return;
            }

            _poller = null;
        }

        Closed();
    }

    /// <summary>Called by its poller.</summary>
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
                Poller poller = pollers.Next();
                poller.Add(this, descriptor);
                _poller = poller;
            }
            else if (begins)
            {
                _poller.Renew(this, descriptor); // events that came before there was a wait are repeated
            }
        }
    }
}
