namespace Plait.SystemTests.Doubles;

/// <summary>Every wait in these tests ends: with its event, or with a failure that says what was waited for.</summary>
internal static class Deadline
{
    /// <summary>Far above what anything here takes, on a machine that is busy with other things too.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    // For what gives no event: /proc, and files that another program writes.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>The task, or a <see cref="TimeoutException"/> that names what did not happen.</summary>
    /// <param name="task">What is waited for.</param>
    /// <param name="what">What should have happened, in words.</param>
    /// <param name="limit"><see cref="Default"/> unless given.</param>
    /// <param name="details">More for the message, asked for only on failure.</param>
    public static async Task Within(this Task task, string what, TimeSpan? limit = null, Func<string>? details = null)
    {
        try
        {
            await task.WaitAsync(limit ?? Default, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"not within {(limit ?? Default).TotalSeconds} s: {what}\n{details?.Invoke()}");
        }
    }

    /// <inheritdoc cref="Within(Task, string, TimeSpan?, Func{string}?)"/>
    public static async Task<T> Within<T>(this Task<T> task, string what, TimeSpan? limit = null, Func<string>? details = null)
    {
        await Within((Task)task, what, limit, details);
        return await task;
    }

    /// <summary>Asks <paramref name="condition"/> again and again until it answers something.</summary>
    public static async Task<T> PollAsync<T>(
        Func<T?> condition, string what, TimeSpan? limit = null, Func<string>? details = null)
        where T : class
    {
        using var stop = new CancellationTokenSource();
        try
        {
            return await LoopAsync().Within(what, limit, details);
        }
        finally
        {
            await stop.CancelAsync();
        }

        async Task<T> LoopAsync()
        {
            using var timer = new PeriodicTimer(PollInterval);
            T? value;
            while ((value = condition()) is null)
            {
                await timer.WaitForNextTickAsync(stop.Token);
            }

            return value;
        }
    }
}
