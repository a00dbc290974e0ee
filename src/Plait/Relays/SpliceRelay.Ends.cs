using Plait.Connections;
using Plait.Diagnostics;

namespace Plait.Relays;

/// <summary>How it ends: what one side's end means for the other.</summary>
internal sealed partial class SpliceRelay
{
    /// <summary>
    /// Whether the side that has finished has closed its socket, and not its writing half alone: nothing can be delivered to it, and the
    /// other side must meet what it would meet directly. If it has not, the relay watches for that.
    /// </summary>
    private bool HasDeparted(PolledConnection side)
    {
        bool? closed = side.PeerHasClosed();
        if (closed == false)
        {
            WatchForDeparture(side);
        }

        return closed == true;
    }

    /// <summary>A direction is about to pass on its end; it is noted before the other side can answer it.</summary>
    internal void BeforeEnd(SpliceDirection direction) => NoteFirstEnd(direction == _forward, direction == _backward);

    private void NoteFirstEnd(bool firstEnded, bool secondEnded)
    {
        if (_endedFirst is null && (firstEnded || secondEnded))
        {
            _endedFirst = firstEnded ? RelaySide.First : RelaySide.Second;
            _settings.Observer.EndedFirst(_endedFirst.Value);
        }
    }

    private void Finish(RelayEnd end)
    {
        _over = true;
        IgnoreNotifications();
        if (end == RelayEnd.SecondFailed && _endedFirst != RelaySide.First)
        {
            _settings.Observer.SecondFailed();
        }

        _first.Registration.TakeBack();
        _second.Registration.TakeBack();
        bool firstLacks = _backward.Holds, secondLacks = _forward.Holds;
        _forward.GiveBack();
        _backward.GiveBack();
        _settings.Pipes.Leave();
        Leave(_first, end, lacksBytes: firstLacks);
        Leave(_second, end, lacksBytes: secondLacks);
        _ended.SetResult(new(end, _forwardBytes, _backwardBytes) { EndedFirst = _endedFirst }); // last: its waiter may close the sockets
    }

    /// <summary>
    /// Ends one side. If both sides finished, its owner closes it. If one departed or lingered, the end is orderly, except where bytes for this
    /// side are lost: such a loss must not look like an end. Every other end is a reset.
    /// </summary>
    private void Leave(PolledConnection side, RelayEnd end, bool lacksBytes)
    {
        if (end == RelayEnd.Completed && _forward.Done && _backward.Done)
        {
            return;
        }

        if (end == RelayEnd.Completed || (end == RelayEnd.Lingered && !lacksBytes))
        {
            side.Close();
        }
        else
        {
            side.Abort();
        }
    }
}
