using Plait.Diagnostics;

namespace Plait.Processes;

/// <summary>Tells the observer of the life of one child.</summary>
/// <param name="observer">Who is told.</param>
/// <param name="child">Which child.</param>
internal sealed class ChildReporter(IPlaitObserver observer, ChildLabel child)
{
    internal void Started(ChildProcess process) => observer.OnEvent(new PlaitEvent.ChildStarted(child, process.Id));

    internal void Exited(ChildProcess process, TimeSpan restartsIn) =>
        observer.OnEvent(new PlaitEvent.ChildExited(child, process.ExitText, process.Words.Lately, restartsIn));

    internal void StartFailed(ProcessDown down) =>
        observer.OnEvent(new PlaitEvent.ChildStartFailed(child, down.Stage, down.Cause, down.Text));

    internal void Restarted(ChildProcess process, int restarts) =>
        observer.OnEvent(new PlaitEvent.ChildRestarted(child, process.Id, restarts));
}
