using Plait.Diagnostics.Failures;

namespace Plait.Cli.Managed;

/// <summary>
/// Ends the process where its orderly end takes longer than <see cref="Configuration.Limits.EndingTimeout"/>: a disk that does not answer, a
/// program that the system cannot kill. tor, or a service manager, waits no longer than that, and a successor needs the state lock.
/// </summary>
/// <param name="limit">From the moment at which Plait is asked to end.</param>
internal sealed class LastMoment(TimeSpan limit)
{
    private static Timer? s_timer; // to the end of the process, on the real clock: tor waits by that

    /// <summary>Plait has been asked to end. Calling again changes nothing.</summary>
    internal void Begin()
    {
        var timer = new Timer(_ => End());
        if (Interlocked.CompareExchange(ref s_timer, timer, null) is null)
        {
            timer.Change(limit, Timeout.InfiniteTimeSpan);
        }
        else
        {
            timer.Dispose();
        }
    }

    private void End()
    {
        StandardStreams.WriteError($"plait: did not end within {limit.TotalSeconds:0.##} s; ends at once");
        LastResort.End(ExitCode.Success);
    }
}
