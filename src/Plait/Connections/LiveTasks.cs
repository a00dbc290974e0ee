namespace Plait.Connections;

/// <summary>Background work that its owner can count and await: no task is lost.</summary>
internal sealed class LiveTasks
{
    private readonly Lock _lock = new();
    private List<TaskCompletionSource>? _waiters; // of few owners, and at their end
    private int _count;

    /// <summary>Tasks that have not ended.</summary>
    internal int Count => Volatile.Read(ref _count);

    /// <summary>Counts <paramref name="task"/> until it ends. It must not fail: it handles its own errors.</summary>
    internal void Add(Task task)
    {
        Enter();
        _ = LeaveAfterAsync(task);
    }

    /// <summary>Counts one more; it owes <see cref="Leave"/> as its last act.</summary>
    internal void Enter()
    {
        lock (_lock)
        {
            _count++;
        }
    }

    /// <summary>Counts one less.</summary>
    internal void Leave()
    {
        lock (_lock)
        {
            if (--_count == 0)
            {
                _waiters?.ForEach(waiter => waiter.SetResult());
                _waiters = null;
            }
        }
    }

    /// <summary>Completes at the next moment at which nothing is live.</summary>
    internal Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiters ??= []).Add(waiter);
            return waiter.Task;
        }
    }

    private async Task LeaveAfterAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }
}
