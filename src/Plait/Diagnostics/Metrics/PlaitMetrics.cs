using System.Diagnostics.Metrics;
using System.Reflection;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Metrics;

/// <summary>
/// Events as counters and histograms: the meter "Plait" of System.Diagnostics.Metrics, for OpenTelemetry or any other
/// listener (docs/events.md has the list). One object may serve several hosts. Names and units are those of
/// OpenTelemetry's conventions; tags are closed sets, or names of the configuration.
/// </summary>
/// <remarks>
/// Present counts (connections, children) and sums (bytes) are kept here and read on demand, so a listener that starts late gets right
/// values too. Single events go to the listeners of that moment.
/// </remarks>
public sealed class PlaitMetrics : IDisposable
{
    /// <summary>The name of the meter, which listeners ask for.</summary>
    public const string MeterName = "Plait";

    // Advice for openings: OpenTelemetry's for HTTP requests, and on to a minute, which is the usual OpenTimeout.
    private static readonly double[] s_openSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];

    // Advice for whole connections: a probe's second, a fetch, tor's own connections of hours.
    private static readonly double[] s_lifeSeconds = [0.1, 1, 10, 60, 300, 900, 3600, 14400, 43200, 86400];

    private readonly Lock _lock = new();
    private readonly List<SideMetrics> _sides = [];
    private readonly Dictionary<(PtRole Role, string Chain), ChainFigures> _chains = [];
    private readonly Dictionary<PtRole, (long TurnedAway, long Leaks)> _before = [];

    /// <summary>A meter of its own.</summary>
    public PlaitMetrics()
        : this(new Meter(MeterName, Version))
    {
    }

    /// <summary>A meter of the application's factory.</summary>
    public PlaitMetrics(IMeterFactory factory)
        : this(factory.Create(MeterName, Version))
    {
    }

    private PlaitMetrics(Meter meter)
    {
        Meter = meter;
        OpenDuration = meter.CreateHistogram<double>("plait.connection.open.duration", "s",
            "Time from a connection's arrival until it was granted, or failed.", advice: new() { HistogramBucketBoundaries = s_openSeconds });
        Duration = meter.CreateHistogram<double>("plait.connection.duration", "s",
            "Time from a connection's arrival to its end.", advice: new() { HistogramBucketBoundaries = s_lifeSeconds });
        Failures = meter.CreateCounter<long>("plait.connection.failures", "{failure}",
            "Connections that could not be opened, or were lost after they had been granted.");
        Provisional = meter.CreateCounter<long>("plait.connection.provisional", "{connection}",
            "Connections granted although a hop had yet to prove that it stands.");
        NeverOpened = meter.CreateCounter<long>("plait.connection.never_opened", "{connection}",
            "Connections from the network that ended without having come as far as tor.");
        Stalls = meter.CreateCounter<long>("plait.connection.stalls", "{connection}",
            "Connections that stand, and of which one side was not answered.");
        ChainFailures = meter.CreateCounter<long>("plait.chain.failures", "{failure}", "Chains that did not work when they were started.");
        Exits = meter.CreateCounter<long>("plait.child.exits", "{exit}", "Children that ended unasked.");
        Restarts = meter.CreateCounter<long>("plait.child.restarts", "{restart}", "Children that run again.");
        StartFailures = meter.CreateCounter<long>("plait.child.start.failures", "{failure}", "Starts of children that were in vain.");
        meter.CreateObservableUpDownCounter<long>("plait.connections", Connections, "{connection}", "Connections that stand.");
        meter.CreateObservableCounter<long>("plait.connection.io", Bytes, "By", "Bytes exchanged with the side that opened the connections.");
        meter.CreateObservableCounter<long>("plait.connection.turned_away", () => Sides(side => side.Counters.Refused, before => before.TurnedAway),
            "{connection}", "Connections turned away because a limit was reached.");
        meter.CreateObservableCounter<long>("plait.child.leaks", () => Sides(side => side.Counters.Leaks, before => before.Leaks),
            "{connection}", "Unexpected connections of children, which were refused.");
        meter.CreateObservableUpDownCounter<long>("plait.children", () => Sides(side => side.Counters.Processes, _ => 0),
            "{process}", "Children that run.");
    }

    internal Meter Meter { get; }

    internal Histogram<double> OpenDuration { get; }

    internal Histogram<double> Duration { get; }

    internal Counter<long> Failures { get; }

    internal Counter<long> Provisional { get; }

    internal Counter<long> NeverOpened { get; }

    internal Counter<long> Stalls { get; }

    internal Counter<long> ChainFailures { get; }

    internal Counter<long> Exits { get; }

    internal Counter<long> Restarts { get; }

    internal Counter<long> StartFailures { get; }

    private static string Version =>
        typeof(PlaitMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Ends the meter, if it is its own.</summary>
    public void Dispose() => Meter.Dispose();

    /// <summary>One more host.</summary>
    internal SideMetrics Attach(PtRole role)
    {
        var side = new SideMetrics(this, role);
        lock (_lock)
        {
            _sides.Add(side);
        }

        return side;
    }

    /// <summary>A host has ended; its sums stay.</summary>
    internal void Detach(SideMetrics side)
    {
        PlaitCounters last = side.Counters;
        lock (_lock)
        {
            if (_sides.Remove(side))
            {
                (long turnedAway, long leaks) = _before.GetValueOrDefault(side.Role);
                _before[side.Role] = (turnedAway + last.Refused, leaks + last.Leaks);
            }
        }
    }

    internal void Opened(PtRole role, PlaitEvent.ConnectionOpened opened)
    {
        lock (_lock)
        {
            if (!_chains.TryGetValue((role, opened.Chain), out ChainFigures? chain))
            {
                _chains.Add((role, opened.Chain), chain = new());
            }

            chain.Open.Add(opened.Connection, role == PtRole.Client ? opened.Hops[0] : opened.Hops[^1]);
        }
    }

    internal void Ended(PtRole role, PlaitEvent.ConnectionEnded ended)
    {
        lock (_lock)
        {
            if (_chains.TryGetValue((role, ended.Chain), out ChainFigures? chain))
            {
                chain.End(ended.Connection);
            }
        }
    }

    private List<Measurement<long>> Connections()
    {
        lock (_lock)
        {
            return [.. _chains.Select(chain => new Measurement<long>(
                chain.Value.Open.Count, MetricTags.Role(chain.Key.Role), MetricTags.Chain(chain.Key.Chain)))];
        }
    }

    private List<Measurement<long>> Bytes()
    {
        var all = new List<Measurement<long>>();
        lock (_lock)
        {
            foreach (((PtRole role, string name), ChainFigures chain) in _chains)
            {
                (long outward, long inward) = chain.Bytes;
                all.Add(new(outward, MetricTags.Role(role), MetricTags.Chain(name), MetricTags.Transmit));
                all.Add(new(inward, MetricTags.Role(role), MetricTags.Chain(name), MetricTags.Receive));
            }
        }

        return all;
    }

    /// <summary>A figure of all hosts of a role together, ended ones included.</summary>
    private List<Measurement<long>> Sides(Func<SideMetrics, long> now, Func<(long TurnedAway, long Leaks), long> before)
    {
        List<SideMetrics> sides;
        Dictionary<PtRole, long> figures;
        lock (_lock)
        {
            sides = [.. _sides];
            figures = _before.ToDictionary(role => role.Key, role => before(role.Value));
        }

        foreach (SideMetrics side in sides) // not under our lock: a host looks at its own parts
        {
            figures[side.Role] = figures.GetValueOrDefault(side.Role) + now(side);
        }

        return [.. figures.Select(role => new Measurement<long>(role.Value, MetricTags.Role(role.Key)))];
    }
}
