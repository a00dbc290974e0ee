namespace Plait.Diagnostics;

/// <summary>
/// Is told what happens in a running Plait. Nothing depends on being observed: calls come from any thread, also several at
/// once, and must return at once; what an observer throws is logged and otherwise ignored.
/// </summary>
public interface IPlaitObserver
{
    /// <summary>Something has happened. Events of one connection, and of one child, come in their order.</summary>
    void OnEvent(PlaitEvent happened);
}
