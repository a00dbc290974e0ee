using Xunit;

namespace Plait.Tests.Support;

/// <summary>Every wait in these tests ends: with its event, or with a failure that says what was waited for.</summary>
internal static class Deadline
{
    // Far above what anything here takes, on a machine that is busy with other things too.
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

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
}
