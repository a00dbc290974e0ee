using Plait.Connections;
using Plait.Diagnostics;

namespace Plait.Relays;

/// <summary>How it ends: what one side's end means for the other.</summary>
internal sealed partial class SpliceRelay
{
    /// <summary>
    /// Whether the side that has finished has closed its socket, and not its writing half alone: nothing can be delivered to it, and the
    /// other side is to meet what it would meet directly. If it has not, that is looked after.
    /// </summary>
    private bool HasDeparted(SocketConnection side)
    {
        bool? closed = side.PeerHasClosed();
        if (closed == false)
        {
            _departure = new(side, _settings, () => Tell(Notice.Departed));
        }

        return closed == true;
    }

    /// <summary>A direction is about to pass on its end: what the other side then does must not be noticed first.</summary>
    internal void BeforeEnd(SpliceDirection direction) => NoteFirstEnd(direction == _forward, direction == _backward);

    private void NoteFirstEnd(bool firstEnded, bool secondEnded)
    {
        if (_endedFirst is null && (firstEnded || secondEnded))
        {
            _endedFirst = firstEnded ? RelaySide.First : RelaySide.Second;
            _settings.Observer.EndedFirst(_endedFirst.Value);
        }
    }

    private void BeginLinger()
    {
        _lingering = true;
        if (_lingerTimer is null)
        {
            _lingerTimer = Timer(Notice.LingerOver, _settings.LingerTimeout);
        }
        else
        {
            _lingerTimer.Change(_settings.LingerTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private ITimer Timer(Notice notice, TimeSpan after) => _settings.Time.CreateTimer(
        _ => Tell(notice), null, after, Timeout.InfiniteTimeSpan);

    private void Finish(RelayEnd end)
    {
        _over = true;
        _canceled.Unregister(); // not Dispose, which waits for a callback that runs
        _ending.Unregister();
        _gateTimer?.Dispose();
        _lingerTimer?.Dispose();
        _departure?.Dispose();
        if (end == RelayEnd.SecondFailed && _endedFirst != RelaySide.First)
        {
            _settings.Observer.SecondFailed();
        }

        _first.Registration!.TakeBack();
        _second.Registration!.TakeBack();
        bool firstLacks = _backward.Holds, secondLacks = _forward.Holds;
        _forward.GiveBack();
        _backward.GiveBack();
        _pipes.Leave();
        Leave(_first, end, lacksBytes: firstLacks);
        Leave(_second, end, lacksBytes: secondLacks);
        _ended.SetResult(new(end, _forwardBytes, _backwardBytes) { EndedFirst = _endedFirst }); // last: its waiter may close the sockets
    }

    /// <summary>
    /// What becomes of a side at the end. Both sides finished: nothing, its owner closes it. One departed, or lingered: an orderly
    /// end, except where bytes that it should have got are lost, which may not look like an end. Everything else is a reset.
    /// </summary>
    private void Leave(SocketConnection side, RelayEnd end, bool lacksBytes)
    {
        if (end == RelayEnd.Completed && _forward.Done && _backward.Done)
        {
            return;
        }

        if (end == RelayEnd.Completed || (end == RelayEnd.Lingered && !lacksBytes))
        {
            side.CloseForGood();
        }
        else
        {
            side.Abort();
        }
    }
}
