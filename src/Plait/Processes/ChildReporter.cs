using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Processes;

/// <summary>Reports the life of one child to the observer.</summary>
/// <param name="observer">The observer.</param>
/// <param name="child">Which child.</param>
internal sealed class ChildReporter(IPlaitObserver observer, ChildLabel child)
{
    internal void Started(ChildProcess process) => observer.OnEvent(new PlaitEvent.ChildStarted(child, process.Id));

    internal void Exited(ChildProcess process, TimeSpan restartsIn) =>
        observer.OnEvent(new PlaitEvent.ChildExited(child, process.ExitText, process.Words.Lately, restartsIn));

    internal void StartFailed(ProcessDown down) =>
        observer.OnEvent(new PlaitEvent.ChildStartFailed(child, down.Stage, down.Cause, down.Text));

    /// <summary>It did not end with Plait: reported for each of its positions, in the log too (G4).</summary>
    internal void Killed(ILogger logger, ChildProcess process, TimeSpan grace)
    {
        SafeText name = SafeText.Name(child.Program);
        double seconds = grace.TotalSeconds;
        foreach (Position position in child.Positions)
        {
            var failure = new ChainFailure(
                position.Chain, position.Hop, position.Transport, ChainStage.Shutdown, FailureCause.TimedOut,
                process.IsThread
                    ? SafeText.Of(
                        $"{name} did not return within {2 * seconds:0.#} s of the end of its input, and its thread goes on to the end of this process")
                    : $"{name} did not end within {seconds:0.#} s of the end of its stdin, nor of SIGTERM, and was killed");
            ProcessLog.Killed(logger, FailureWords.Of(failure.Stage, failure.Cause).Level, failure.Line);
            observer.OnEvent(new PlaitEvent.ChildKilled(child, failure));
        }
    }

    internal void Restarted(ChildProcess process, int restarts) =>
        observer.OnEvent(new PlaitEvent.ChildRestarted(child, process.Id, restarts));
}
