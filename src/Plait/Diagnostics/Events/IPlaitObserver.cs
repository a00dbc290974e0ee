namespace Plait.Diagnostics.Events;

/// <summary>
/// Is told what happens in a running Plait. Calls come from any thread, also several at once, and also from those that move
/// everybody's bytes: they must return at once, and whoever has to write somewhere does so elsewhere
/// (<see cref="PlaitEvents"/> is a queue for that). What an observer throws is logged and otherwise ignored.
/// </summary>
public interface IPlaitObserver
{
    /// <summary>Something has happened. Events of one connection, and of one child, come in their order.</summary>
    void OnEvent(PlaitEvent happened);
}
