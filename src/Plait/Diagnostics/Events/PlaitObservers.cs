using System.Runtime.ExceptionServices;

namespace Plait.Diagnostics.Events;

/// <summary>Several observers as one. Each is told everything, also if one of the others throws.</summary>
/// <param name="observers">Who is told, in this order.</param>
public sealed class PlaitObservers(params IReadOnlyList<IPlaitObserver> observers) : IPlaitObserver
{
    /// <inheritdoc/>
    public void OnEvent(PlaitEvent happened)
    {
        ExceptionDispatchInfo? first = null;
        foreach (IPlaitObserver observer in observers)
        {
            try
            {
                observer.OnEvent(happened);
            }
            catch (Exception e) // others' code; whoever asked us hears of it, behind the last
            {
                first ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        first?.Throw();
    }
}
