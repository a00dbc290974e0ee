using System.Runtime.ExceptionServices;

namespace Plait.Diagnostics.Events;

/// <summary>Several observers as one. Each receives every event, also if another one throws.</summary>
/// <param name="observers">The observers, called in this order.</param>
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
            catch (Exception e) // code of others; the first exception is thrown after all observers were called
            {
                first ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        first?.Throw();
    }
}
