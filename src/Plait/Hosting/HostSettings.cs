using System.Collections.ObjectModel;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Metrics;

namespace Plait.Hosting;

/// <summary>What a host is given besides tor's environment.</summary>
public sealed record HostSettings
{
    /// <summary>The plaitrc.</summary>
    public required PlaitConfiguration Configuration { get; init; }

    /// <summary>
    /// Names the part of the state location that belongs to this configuration: the file's name. Two Plaits of one tor
    /// need different ones.
    /// </summary>
    public string ConfigurationName { get; init; } = "plaitrc";

    /// <summary>
    /// The full path of the plaitrc, by which the state of one that was renamed is recognised. Null if the configuration is no
    /// file: then no other state is ever taken over.
    /// </summary>
    public string? ConfigurationPath { get; init; }

    /// <summary>
    /// Where messages go: a little later, by a queue, one at a time, in their order. Its exceptions are ignored. Its
    /// <see cref="ILogger.IsEnabled"/> is called on the spot and has to answer at once.
    /// </summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Called with each chain as soon as it listens or has failed, before the start returns; in any order, one at a time, from
    /// any thread. Its exception ends the start. Null if the result of the start is enough.
    /// </summary>
    public Action<ChainStart>? ChainStarted { get; init; }

    /// <summary>Receives the events of connections and children; null for none.</summary>
    public IPlaitObserver? Observer { get; init; }

    /// <summary>Counts what happens, for a listener to System.Diagnostics.Metrics; null for none, which costs nothing.</summary>
    public PlaitMetrics? Metrics { get; init; }

    /// <summary>Lends a thread to the part that starts children, until the host is disposed; null for a thread of its own.</summary>
    [ProgramSeam]
    internal Action<Action>? LauncherThread { get; init; }

    /// <summary>The program's own pollers, which outlive the host; null for pollers of the host's own.</summary>
    [ProgramSeam]
    internal PollerSet? Pollers { get; init; }

    /// <summary>
    /// Client: where the connections of chains come in that are ends of tunnels, by alias. The other chains have a SOCKS port for tor.
    /// </summary>
    [ProgramSeam]
    internal IReadOnlyDictionary<string, TunnelEntrance> Entrances { get; init; } = ReadOnlyDictionary<string, TunnelEntrance>.Empty;

    /// <summary>Server: what chains lead to that are ends of tunnels, by alias. The other chains lead to tor.</summary>
    [ProgramSeam]
    internal IReadOnlyDictionary<string, TunnelService> Services { get; init; } = ReadOnlyDictionary<string, TunnelService>.Empty;

    /// <summary>The kinds of hop that chains can have.</summary>
    internal IReadOnlyList<HopKind> Kinds { get; init; } = HopKind.All;

    /// <summary>All observers of one side.</summary>
    internal IPlaitObserver? ObserverWith(IPlaitObserver? metrics) =>
        Observer is null ? metrics : metrics is null ? Observer : new PlaitObservers(metrics, Observer);
}
