using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Processes;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>
/// What all parts of one host share, and no two hosts do: pollers, pipes, source addresses, budgets, launcher, limits, clock, log.
/// </summary>
internal sealed class HostServices : IAsyncDisposable
{
    private readonly QueuedLogger _logger;
    private readonly PollerSet? _ownPollers;
    private readonly Task _probe;
    private readonly CancellationTokenSource _forwardsEnd = new();
    private readonly Lazy<Task> _forwardsEnded; // once: a host may be disposed of more than once

    /// <param name="limits">The limits in force.</param>
    /// <param name="logger">Where messages go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="scrubber">What takes secrets out of what others wrote.</param>
    /// <param name="observer">Receives what happens; null for none.</param>
    /// <param name="pipes">What relays borrow their pipes from; null for a new pool within the limits.</param>
    /// <param name="pollers">Pollers that outlive the host; null for new ones.</param>
    /// <param name="launcherThread">Lends a thread that starts children: <see cref="ChildLauncher"/>.</param>
    /// <param name="libraryHost">The program that shared libraries run in; null if there is none.</param>
    internal HostServices(
        Limits limits, ILogger logger, TimeProvider time, Scrubber scrubber, IPlaitObserver? observer = null,
        PipePool? pipes = null, PollerSet? pollers = null, Action<Action>? launcherThread = null, string? libraryHost = null)
    {
        Limits = limits;
        ForwardsEnd = _forwardsEnd.Token;
        _forwardsEnded = new(CancelForwardsAsync);
        LibraryHost = libraryHost;
        logger = _logger = new(logger, time);
        Time = time;
        Scrubber = scrubber;
        Observer = new SafeObserver(observer, logger, scrubber);
        Pollers = pollers ?? (_ownPollers = new());
        Pipes = pipes ?? new(limits.MaxPipes, limits.MaxLargePipes, Pipe.TryOpen);
        Descriptors = new(time, logger, Connections.Descriptors.AreFree);
        Reporter = new(Observer, Descriptors, time, logger, limits.StallTimeout);
        Budget = new(limits.MaxConnections, time, logger, scrubber) { Descriptors = Descriptors };
        // Joints see one connection for each hop of each tor-facing one. A stranger that fills them must not starve tor.
        JointBudget = new(limits.MaxConnections * limits.MaxChainLength, time, logger, scrubber) { Descriptors = Descriptors, OfJoints = true };
        RejectedPeers = new(Math.Max(1, limits.MaxConnections / 2));
        Sources = new(limits.InternalSources, Pollers);
        Children = new(Pollers, launcherThread);
        Launcher = new(Children, limits, time, logger, scrubber);
        Dictionary<string, string> environment = OwnEnvironment.Read();
        if (ThreadLimit.IsLow)
        {
            environment.TryAdd("GOMAXPROCS", "1"); // obfs4proxy and most other transports then take seven threads, not ten
        }

        Environment = environment;
        Pollers.Unexpected += Budget.Unexpected;
        Pollers.TurnWasLong += Report;
        _probe = Task.Run(Probe); // beside the start, which tor waits for
    }

    internal Limits Limits { get; }

    internal ILogger Logger => _logger;

    internal TimeProvider Time { get; }

    /// <summary>Every foreign text goes through it (G5).</summary>
    internal Scrubber Scrubber { get; }

    /// <summary>Receives the events of chains and children; those of connections come from <see cref="Reporter"/>.</summary>
    internal IPlaitObserver Observer { get; }

    internal ConnectionReporter Reporter { get; }

    /// <summary>
    /// Connections between a chain and a named service of a tunnel, which go on until what a client has sent is delivered: the client's own
    /// connection may have ended before.
    /// </summary>
    internal LiveTasks Forwards { get; } = new();

    /// <summary>Fires when <see cref="Forwards"/> are to end.</summary>
    internal CancellationToken ForwardsEnd { get; }

    /// <summary>Connections that come from tor, or from the network.</summary>
    internal ConnectionBudget Budget { get; }

    /// <summary>Connections of children at joints.</summary>
    internal ConnectionBudget JointBudget { get; }

    /// <summary>Peers that a hop inside Plait has rejected and that are still read.</summary>
    internal RejectedPeers RejectedPeers { get; }

    /// <summary>Notified by every part that finds no descriptor left for a connection.</summary>
    internal DescriptorShortage Descriptors { get; }

    internal SourceAddresses Sources { get; }

    /// <summary>Those that watch all sockets and pipes of this host.</summary>
    internal PollerSet Pollers { get; }

    /// <summary>What relays borrow their pipes from.</summary>
    internal PipePool Pipes { get; }

    /// <summary>Starts children and waits for their ends.</summary>
    internal ChildLauncher Children { get; }

    internal ManagedLauncher Launcher { get; }

    /// <summary>The program that shared libraries run in; null if there is none.</summary>
    internal string? LibraryHost { get; }

    /// <summary>No shared library runs in this process, whatever the plaitrc says: a crash would end a trial of all programs.</summary>
    internal bool IsolatesLibraries { get; init; }

    /// <summary>Our own environment, from which a child's is made (E2).</summary>
    internal IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Ends <see cref="Forwards"/>.</summary>
    /// <returns>Completes when they have ended.</returns>
    internal Task EndForwardsAsync() => _forwardsEnded.Value;

    private async Task CancelForwardsAsync()
    {
        await _forwardsEnd.CancelAsync().ConfigureAwait(false);
        await Forwards.WhenEmptyAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _forwardsEnd.Dispose();
        Descriptors.Dispose();
        try
        {
            await _probe.ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await Children.DisposeAsync().ConfigureAwait(false); // or a thread that was lent to it is never given back
            }
            finally
            {
                if (_ownPollers is not null)
                {
                    await _ownPollers.DisposeAsync().ConfigureAwait(false);
                }

                Pollers.Unexpected -= Budget.Unexpected;
                Pollers.TurnWasLong -= Report;
                await _logger.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private void Report(LongTurn turn) => ChainLog.LongTurn(Logger, SafeText.Own(turn.What), turn.Took.TotalMilliseconds);

    private void Probe()
    {
        if (SpliceProbe.IsRefused(Pipes))
        {
            ChainLog.RelaysCopy(Logger);
        }
    }
}
