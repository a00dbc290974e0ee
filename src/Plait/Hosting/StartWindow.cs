namespace Plait.Hosting;

/// <summary>
/// Ends the wait of a start for slow programs, some time after the last chain that works. Until one works the wait goes on,
/// because it delays no other chain; each program has a limit of its own.
/// </summary>
/// <param name="grace">How long after the last chain that works.</param>
/// <param name="time">The clock.</param>
internal sealed class StartWindow(TimeSpan grace, TimeProvider time) : IDisposable
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;

    /// <summary>Completes when no program is waited for any longer.</summary>
    internal Task Over => _over.Task;

    /// <summary>A chain works. Not to be called by two threads at once.</summary>
    internal void ChainWorks()
    {
        if (_timer is null)
        {
            _timer = time.CreateTimer(_ => _over.TrySetResult(), null, grace, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(grace, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer?.Dispose();
}
