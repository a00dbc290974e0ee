using Plait.Connections;
using Plait.Diagnostics;

namespace Plait.Relays;

/// <summary>What reaches the relay from other threads than its poller's.</summary>
internal sealed partial class SpliceRelay
{
    [Flags]
    private enum Notification
    {
        None = 0,
        Ending = 1,
        GateOpens = 2,
        LingerOver = 4,
        Canceled = 8,
        Closed = 16,
        Departed = 32,
    }

    private CancellationTokenRegistration _canceled;
    private CancellationTokenRegistration _ending;
    private ITimer? _gateTimer;
    private ITimer? _lingerTimer;
    private DepartureWatch? _departure; // of the side that finished first
    private int _notifications; // of Notification

    /// <summary>Leaves a notification for the next turn, and has the poller run it. From any thread.</summary>
    private void Notify(Notification notification)
    {
        Interlocked.Or(ref _notifications, (int)notification);
        _poller.Post(this);
    }

    private void HearCancellation()
    {
        _canceled = _cancellation.UnsafeRegister(static relay => ((SpliceRelay)relay!).Notify(Notification.Canceled), this);
        _ending = _settings.Ending.UnsafeRegister(static relay => ((SpliceRelay)relay!).Notify(Notification.Ending), this);
    }

    private void OpenGateAfter(TimeSpan hold) => _gateTimer = NotifyAfter(hold, Notification.GateOpens);

    /// <summary>Starts the time after which a silent relay ends, or starts it again.</summary>
    private void BeginLinger()
    {
        _lingering = true;
        if (_lingerTimer is null)
        {
            _lingerTimer = NotifyAfter(_settings.LingerTimeout, Notification.LingerOver);
        }
        else
        {
            _lingerTimer.Change(_settings.LingerTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private void WatchForDeparture(PolledConnection side) => _departure = new(side, _settings, () => Notify(Notification.Departed));

    private ITimer NotifyAfter(TimeSpan time, Notification notification) => _settings.Time.CreateTimer(
        _ => Notify(notification), null, time, Timeout.InfiniteTimeSpan);

    /// <summary>Handles the notifications that have come since the last turn; how the relay ends by them, or null.</summary>
    private RelayEnd? HandleNotifications()
    {
        var come = (Notification)Interlocked.Exchange(ref _notifications, 0);
        if (come == Notification.None)
        {
            return null;
        }

        if ((come & Notification.Canceled) != 0)
        {
            return RelayEnd.Canceled;
        }

        if ((come & Notification.Closed) != 0)
        {
            return _first.Handle.IsClosed ? RelayEnd.FirstFailed : RelayEnd.SecondFailed;
        }

        if ((come & Notification.Departed) != 0)
        {
            return RelayEnd.Completed; // what it had sent was delivered before its end was passed on
        }

        if ((come & Notification.LingerOver) != 0)
        {
            return RelayEnd.Lingered;
        }

        if ((come & Notification.GateOpens) != 0)
        {
            _gated = false;
        }

        if ((come & Notification.Ending) != 0)
        {
            BeginLinger();
        }

        return null;
    }

    private void IgnoreNotifications()
    {
        _canceled.Unregister(); // not Dispose, which waits for a callback that runs
        _ending.Unregister();
        _gateTimer?.Dispose();
        _lingerTimer?.Dispose();
        _departure?.Dispose();
    }
}
