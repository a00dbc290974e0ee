using Plait.Chains;
using Plait.Diagnostics;

namespace Plait.Hosting;

/// <summary>
/// The end of a host: its listeners and programs end side by side (L22), and Plait goes on to end after
/// <see cref="Configuration.Limits.EndingTimeout"/> if one of them does not. A peer, a disk or an observer may hold one up.
/// </summary>
internal static class HostEnd
{
    // Of the end of Plait, what is kept for the guard, the state lock and the last lines: each takes milliseconds.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for the parts, for so long at most.</summary>
    /// <param name="parts">What ends; begun already.</param>
    /// <param name="services">The host's.</param>
    internal static async Task OfAsync(IEnumerable<Task> parts, HostServices services)
    {
        Task all = Task.WhenAll(parts);
        TimeSpan limit = services.Limits.EndingTimeout - s_rest;
        try
        {
            await all.WaitAsync(limit, services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!all.IsCompleted)
        {
            _ = all.ContinueWith(
                static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // observed
            ProcessLog.EndedUnfinished(services.Logger, limit.TotalSeconds);
        }
    }
}
