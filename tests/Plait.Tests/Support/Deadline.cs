using System.Diagnostics;
using Xunit;

namespace Plait.Tests.Support;

/// <summary>Every wait in these tests ends: with its event, or with a failure that says what was waited for.</summary>
internal static class Deadline
{
    // Far above what anything here takes, on a machine that is busy with other things too.
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // For what gives no event: counters, and what the system tells only when it is asked.
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>The token of the running test.</summary>
    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The task, or a <see cref="TimeoutException"/> that names what did not happen.</summary>
    internal static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Limit, Token);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"not within {Limit.TotalSeconds} s: {what}");
        }
    }

    /// <inheritdoc cref="Within(Task, string)"/>
    internal static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await Within((Task)task, what);
        return await task;
    }

    /// <summary>Asks again and again until it holds, or throws a <see cref="TimeoutException"/> that names what did not happen.</summary>
    internal static async Task UntilAsync(Func<bool> holds, string what)
    {
        using var pause = new PeriodicTimer(s_pollInterval);
        for (long begun = Stopwatch.GetTimestamp(); !holds(); await pause.WaitForNextTickAsync(Token))
        {
            if (Stopwatch.GetElapsedTime(begun) > Limit)
            {
                throw new TimeoutException($"not within {Limit.TotalSeconds} s: {what}");
            }
        }
    }
}
