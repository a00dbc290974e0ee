using Plait.Diagnostics.Metrics;

namespace Plait.Hosting;

/// <summary>A running side of Plait, client or bridge.</summary>
public interface IPlaitHost : IAsyncDisposable
{
    /// <summary>How each chain started, in the order in which tor asked for them.</summary>
    IReadOnlyList<ChainStart> Chains { get; }

    /// <summary>How many connections, tickets, processes and the like exist at this moment.</summary>
    PlaitCounters Counters { get; }

    /// <summary>Closes the listeners that face tor or the network; connections that are open go on (SIGINT, L7).</summary>
    void StopAccepting();

    /// <summary>Completes when no connection is open.</summary>
    Task WhenIdleAsync();
}
