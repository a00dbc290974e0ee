using Microsoft.Extensions.Logging;
using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics.Events;

/// <summary>Wraps an observer of the application: its exceptions are logged once and go no further.</summary>
internal sealed class SafeObserver(IPlaitObserver? observer, ILogger logger, Scrubber scrubber) : IPlaitObserver
{
    private int _reported;

    public void OnEvent(PlaitEvent happened)
    {
        try
        {
            observer?.OnEvent(happened);
        }
        catch (Exception e) // the boundary to code of others
        {
            if (Interlocked.Exchange(ref _reported, 1) == 0) // once: it may be called for every connection
            {
                ChainLog.ObserverThrew(logger, scrubber.Scrub($"{e.GetType().Name}: {e.Message}"));
            }
        }
    }
}
