using System.Threading.Tasks.Sources;

namespace Plait.Connections.Polling;

/// <summary>
/// One direction of one descriptor, to wait for. Edge-triggered events are not repeated, so an event that comes between two waits
/// is kept: the next wait ends at once, and its caller tries again. One wait at a time; no wait allocates.
/// </summary>
internal sealed class Readiness : IValueTaskSource
{
    private const int Idle = 0, Ready = 1, Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _canceled;
    private bool _inPlace;
    private int _state;

    /// <summary>Waits for <see cref="Signal"/>. Call it after a system call failed with EAGAIN; then make that call again.</summary>
    /// <param name="inPlace">
    /// Go on where the event comes, which is the poller's thread: for code that neither waits there nor takes long. If anything but an event
    /// ends the wait, the caller goes on in the thread pool.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal ValueTask WaitAsync(bool inPlace, CancellationToken cancellationToken)
    {
        _inPlace = inPlace;
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Ready)
        {
            Volatile.Write(ref _state, Idle);
            return ValueTask.CompletedTask;
        }

        _canceled = cancellationToken.UnsafeRegister(
            static (readiness, token) => ((Readiness)readiness!).Cancel(token), this);
        return new(this, _core.Version);
    }

    /// <summary>The descriptor may be ready: ends the wait, or the next one.</summary>
    /// <param name="isEvent">The call comes from a poller's loop: no lock is held and nothing is half done.</param>
    internal void Signal(bool isEvent)
    {
        if (Interlocked.CompareExchange(ref _state, Ready, Idle) == Waiting && TryLeaveWait())
        {
            _core.RunContinuationsAsynchronously = !(isEvent && _inPlace);
            _core.SetResult(true);
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        _canceled.Dispose(); // waits for a cancellation that is running: none meets the next wait
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            _canceled = default;
            _core.Reset(); // else the last caller stays referenced until the next wait, which may never come
        }
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        if (TryLeaveWait())
        {
            _core.RunContinuationsAsynchronously = true;
            _core.SetException(new OperationCanceledException(cancellationToken));
        }
    }

    private bool TryLeaveWait() => Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting;
}
