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

    /// <summary>
    /// Transports that this application has in code, by name: a C identifier, as tor or a chain's name has it. For the hops of an
    /// <c>Alias</c>, give them to <see cref="PlaitConfiguration.Parse(string, string, IReadOnlyDictionary{string, TransportSource.InProcess})"/> too,
    /// which reads that line. A plugin line of the same name takes precedence. What such a transport throws fails its own connection or chain alone.
    /// </summary>
    public IReadOnlyDictionary<string, TransportSource.InProcess> Transports { get; init; } = new Dictionary<string, TransportSource.InProcess>();

    /// <summary>
    /// The program that the shared libraries of the plaitrc run in (<c>library</c>), each in a process of its own: the path of <c>plait</c>, or of
    /// any program that calls <see cref="Hosting.LibraryHost"/> at its start, such as this one (<see cref="Environment.ProcessPath"/>). Null for
    /// none: a library then runs in this process, if the plaitrc says so (<c>library-in-process</c>), or not at all.
    /// </summary>
    public string? LibraryHost { get; init; }

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

    /// <summary>The same, with the transports as a part of the configuration.</summary>
    /// <exception cref="ArgumentException">A name is not one of a transport.</exception>
    internal HostSettings WithTransportsDeclared() => this with { Configuration = Configuration.With(Transports) };

    /// <summary>All observers of one side.</summary>
    internal IPlaitObserver? ObserverWith(IPlaitObserver? metrics) =>
        Observer is null ? metrics : metrics is null ? Observer : new PlaitObservers(metrics, Observer);
}
