using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Processes;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>What every part of a running Plait shares: limits, clock, budget, guard, log.</summary>
internal sealed class Runtime : IAsyncDisposable
{
    internal Runtime(Limits limits, ILogger logger, TimeProvider time, Scrubber scrubber, IPlaitObserver? observer = null)
    {
        Limits = limits;
        Logger = logger;
        Time = time;
        Scrubber = scrubber;
        Observer = new SafeObserver(observer, logger, scrubber);
        Reporter = new(Observer, time, logger);
        Budget = new(limits.MaxConnections, time, logger, scrubber);
        // Joints see one connection for each hop of each tor-facing one; a stranger who fills them must not starve tor.
        JointBudget = new(limits.MaxConnections * limits.MaxChainLength, time, logger, scrubber);
        Sources = new(limits.InternalSources);
        Launcher = new(Guard, limits, time, logger, scrubber);
        Environment = OwnEnvironment.Read();
        if (SpliceProbe.IsRefused(PipePool.Shared))
        {
            ChainLog.RelaysCopy(logger);
        }
    }

    internal Limits Limits { get; }

    internal ILogger Logger { get; }

    internal TimeProvider Time { get; }

    /// <summary>Through which every foreign text goes (G5).</summary>
    internal Scrubber Scrubber { get; }

    /// <summary>Is told what happens to children; of connections it is told by <see cref="Reporter"/>.</summary>
    internal IPlaitObserver Observer { get; }

    internal ConnectionReporter Reporter { get; }

    /// <summary>Connections that come from tor, or from the network.</summary>
    internal ConnectionBudget Budget { get; }

    /// <summary>Connections of children at joints.</summary>
    internal ConnectionBudget JointBudget { get; }

    internal SourceAddresses Sources { get; }

    internal ProcessGuard Guard { get; } = new();

    internal ManagedLauncher Launcher { get; }

    /// <summary>Our own environment, from which a child's is made (E2).</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; }

    public ValueTask DisposeAsync() => Guard.DisposeAsync();
}
