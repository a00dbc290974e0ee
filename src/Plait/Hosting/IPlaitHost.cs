using Plait.Diagnostics.Metrics;

namespace Plait.Hosting;

/// <summary>A running side of Plait, client or bridge.</summary>
public interface IPlaitHost : IAsyncDisposable
{
    /// <summary>What became of each chain, in the order in which they were asked for.</summary>
    IReadOnlyList<ChainStart> Chains { get; }

    /// <summary>What exists at this moment.</summary>
    PlaitCounters Counters { get; }

    /// <summary>Closes the listeners that face tor or the network; connections that are open go on (SIGINT, L7).</summary>
    void StopAccepting();

    /// <summary>Completes when no connection is open.</summary>
    Task WhenIdleAsync();
}
