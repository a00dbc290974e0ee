namespace Plait.Diagnostics.Events;

/// <summary>
/// Receives the events of a running Plait. Calls come from any thread, several at a time, also from the threads that move all bytes. An
/// observer has to return at once; one that writes to a disk or a network needs a queue (<see cref="PlaitEvents"/> is one). Exceptions of
/// an observer are logged and otherwise ignored.
/// </summary>
public interface IPlaitObserver
{
    /// <summary>Receives one event. Events of one connection, and of one child, arrive in order.</summary>
    void OnEvent(PlaitEvent happened);
}
