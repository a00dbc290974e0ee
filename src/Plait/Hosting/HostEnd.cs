using Plait.Chains;
using Plait.Configuration;
using Plait.Diagnostics;

namespace Plait.Hosting;

/// <summary>
/// The end of a host: its listeners and programs end side by side (L22), and Plait goes on to end after
/// <see cref="Configuration.Limits.EndingTimeout"/> if one of them does not. A peer, a disk or an observer can delay a part.
/// </summary>
internal static class HostEnd
{
    // The part of EndingTimeout that is left for the guard, the state lock and the last lines: each takes milliseconds.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for the parts, within the limit.</summary>
    /// <param name="parts">The ends of the parts, already begun.</param>
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
