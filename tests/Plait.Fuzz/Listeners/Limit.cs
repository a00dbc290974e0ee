using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Listeners;

/// <summary>Waits that end with their event, or break the invariant: what the other side owes has to come.</summary>
internal static class Limit
{
    // Far above what anything here takes, on a machine that is busy with other things too.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(1);

    internal static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(s_limit);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new InvariantException($"{what}, which it did not within {s_limit.TotalSeconds} s");
        }
    }

    internal static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await Within((Task)task, what);
        return await task;
    }

    /// <summary>Looks again and again until <paramref name="condition"/> holds.</summary>
    internal static async Task UntilAsync(Func<bool> condition, string what, Func<string> details)
    {
        using var late = new CancellationTokenSource(s_limit);
        while (!condition())
        {
            Check.That(!late.IsCancellationRequested, $"{what}: {details()}");
            await Task.Delay(s_lookInterval);
        }
    }
}
