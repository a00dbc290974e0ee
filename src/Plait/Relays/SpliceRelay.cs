using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Native;

namespace Plait.Relays;

/// <summary>
/// The relay between two sockets on Linux. Both are handed to one poller; everything here runs on its thread, in turns, so
/// it needs no lock. Other threads (clocks, cancellation, the owner that closes a socket) leave a notification and have
/// the poller run a turn.
/// </summary>
internal sealed partial class SpliceRelay : IReadyHandler, IPollerWork
{
    private readonly PolledConnection _first;
    private readonly PolledConnection _second;
    private readonly RelaySettings _settings;
    private readonly Poller _poller;
    private readonly CancellationToken _cancellation;
    private readonly SpliceDirection _forward;
    private readonly SpliceDirection _backward;
    private readonly TaskCompletionSource<RelayResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _started;
    private bool _queued;
    private bool _gated;
    private bool _lingering;
    private bool _over;
    private RelaySide? _endedFirst;
    private long _forwardBytes;
    private long _backwardBytes;

    private SpliceRelay(
        PolledConnection first,
        PolledConnection second,
        RelaySettings settings,
        Poller poller,
        CancellationToken cancellationToken)
    {
        _cancellation = cancellationToken;
        _first = first;
        _second = second;
        _settings = settings;
        _poller = poller;
        _forward = new(first, second, this);
        _backward = new(second, first, this);
    }

    /// <summary><see cref="Relay.RunAsync"/> for two sockets.</summary>
    internal static Task<RelayResult> RunAsync(
        PolledConnection first, PolledConnection second, RelaySettings settings, CancellationToken cancellationToken)
    {
        Poller poller;
        try
        {
            poller = first.Registration.PollerOrNext();
        }
        catch (IOException)
        {
            first.Abort();
            second.Abort();
            return Task.FromResult(new RelayResult(RelayEnd.FirstFailed, 0, 0));
        }

        var relay = new SpliceRelay(first, second, settings, poller, cancellationToken);
        settings.Pipes.Enter();
        poller.Post(relay); // it starts there, too: all of it runs on that thread
        return relay._ended.Task;
    }

    /// <summary>Where its directions borrow their pipes.</summary>
    internal PipePool Pipes => _settings.Pipes;

    void IReadyHandler.Ready(PollRegistration registration, Poller poller, EpollEvents events)
    {
        if (poller != _poller || _over)
        {
            return; // a late event of the poller that the socket was registered with before; ours reports it again
        }

        (SpliceDirection reading, SpliceDirection writing) =
            registration == _first.Registration ? (_forward, _backward) : (_backward, _forward);
        reading.Readable |= (events & EpollEvents.Readable) != 0;
        reading.Urgent |= (events & EpollEvents.Urgent) != 0;
        writing.Writable |= (events & EpollEvents.Writable) != 0;
        reading.SourceBroken |= (events & EpollEvents.Broken) != 0;
        Queue();
    }

    void IReadyHandler.Closed() => Notify(Notification.Closed);

    void IPollerWork.Run()
    {
        _queued = false;
        if (_over)
        {
            return;
        }

        RelayEnd? end = Start() ?? HandleNotifications() ?? MoveBoth();
        if (end is { } ended)
        {
            Finish(ended);
        }
    }

    /// <summary>After an unforeseen error, for instance of the observer, and at the poller's end.</summary>
    void IPollerWork.Abandon()
    {
        if (!_ended.Task.IsCompleted)
        {
            Finish(RelayEnd.Canceled);
        }
    }

    /// <summary>In the first turn: takes the sockets over. The end, if they cannot be.</summary>
    private RelayEnd? Start()
    {
        if (_started)
        {
            return null;
        }

        _started = true;
        RelayEnd blame = RelayEnd.FirstFailed;
        try
        {
            _first.DoNotBlock();
            _first.Registration.HandTo(this, _poller);
            blame = RelayEnd.SecondFailed;
            _second.DoNotBlock();
            _second.Registration.HandTo(this, _poller);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            return blame; // closed already, or no room to watch it
        }

        if (_settings.FirstByteHold is { } hold)
        {
            _gated = true;
            OpenGateAfter(hold);
        }

        HearCancellation();
        return null;
    }

    private void Queue()
    {
        if (!_queued)
        {
            _queued = true;
            _poller.Soon(this);
        }
    }

    /// <summary>One turn of each direction; how the relay has ended, or null.</summary>
    private RelayEnd? MoveBoth()
    {
        bool firstHeld = false, secondHeld = false;
        try
        {
            // For the turn, not for each call. An owner closes a socket that a relay has only to break the relay off.
            _first.Handle.DangerousAddRef(ref firstHeld);
            _second.Handle.DangerousAddRef(ref secondHeld);
            int first = (int)_first.Handle.DangerousGetHandle();
            int second = (int)_second.Handle.DangerousGetHandle();
            return Move(first, second);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            return firstHeld && !_first.Handle.IsClosed ? RelayEnd.SecondFailed : RelayEnd.FirstFailed;
        }
        finally
        {
            if (firstHeld)
            {
                _first.Handle.DangerousRelease();
            }

            if (secondHeld)
            {
                _second.Handle.DangerousRelease();
            }
        }
    }

    private RelayEnd? Move(int first, int second)
    {
        bool finishedOne = false;
        Turn forward = Move(_forward, first, second, ref finishedOne);
        if (Account(_forward, ref _forwardBytes) is > 0 and var outward)
        {
            _settings.Observer.MovedForward(outward);
        }

        if (_gated && (_forwardBytes > 0 || _forward.Done))
        {
            _gated = false; // the first-byte gate (G11); until now the bytes waited in the kernel
        }

        Turn backward = _gated ? Turn.Waits : Move(_backward, second, first, ref finishedOne);
        if (Account(_backward, ref _backwardBytes) is > 0 and var inward)
        {
            _settings.Observer.MovedBackward(inward);
        }

        bool firstFailed = forward == Turn.SourceFailed || backward == Turn.DestinationFailed || _forward.SourceWasReset();
        bool secondFailed = forward == Turn.DestinationFailed || backward == Turn.SourceFailed || _backward.SourceWasReset();
        NoteFirstEnd(firstFailed || _forward.Done, secondFailed || _backward.Done);
        if (firstFailed)
        {
            return RelayEnd.FirstFailed;
        }

        if (secondFailed)
        {
            return RelayEnd.SecondFailed;
        }

        if (_forward.Done && _backward.Done)
        {
            return RelayEnd.Completed;
        }

        if (finishedOne)
        {
            BeginLinger();
            if (HasDeparted(_forward.Done ? _first : _second))
            {
                return RelayEnd.Completed;
            }
        }

        if (forward == Turn.GoesOn || backward == Turn.GoesOn)
        {
            Queue();
        }

        return null;
    }

    private static Turn Move(SpliceDirection direction, int from, int to, ref bool finished)
    {
        if (direction.Done)
        {
            return Turn.Done;
        }

        Turn turn = direction.Move(from, to);
        finished |= turn == Turn.Done;
        return turn;
    }

    /// <summary>Counts what a direction has moved in this turn.</summary>
    private int Account(SpliceDirection direction, ref long total)
    {
        int moved = direction.Moved;
        if (moved == 0)
        {
            return 0;
        }

        direction.Moved = 0;
        total += moved;
        _poller.Pace.Moved(moved);
        if (_lingering)
        {
            BeginLinger(); // anew
        }

        return moved;
    }
}
