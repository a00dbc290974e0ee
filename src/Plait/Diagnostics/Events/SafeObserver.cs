using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics.Events;

/// <summary>Stands before an observer that somebody else wrote: its exceptions are its own affair.</summary>
internal sealed class SafeObserver(IPlaitObserver? observer, ILogger logger, Scrubber scrubber) : IPlaitObserver
{
    private int _told;

    public void OnEvent(PlaitEvent happened)
    {
        try
        {
            observer?.OnEvent(happened);
        }
        catch (Exception e) // the boundary to others' code
        {
            if (Interlocked.Exchange(ref _told, 1) == 0) // once: it may be called for every connection
            {
                ChainLog.ObserverThrew(logger, scrubber.Scrub($"{e.GetType().Name}: {e.Message}"));
            }
        }
    }
}
