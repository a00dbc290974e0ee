using System.Collections.Concurrent;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;

namespace Plait.Cli.Tunnels;

/// <summary>What a tunnel has done so far.</summary>
/// <param name="Name">The tunnel.</param>
/// <param name="Open">Connections open now.</param>
/// <param name="Opened">Connections that were established.</param>
/// <param name="Failed">Connections that were not, or broke.</param>
/// <param name="Outward">Bytes towards the network, of connections that ended and that are open.</param>
/// <param name="Inward">Bytes from the network.</param>
internal sealed record TunnelFigures(string Name, int Open, long Opened, long Failed, long Outward, long Inward);

/// <summary>Counts what happens to the connections of tunnels.</summary>
/// <param name="names">The tunnels.</param>
internal sealed class TunnelWatch(IEnumerable<string> names) : IPlaitObserver
{
    private readonly Dictionary<string, Counts> _tunnels = names.ToDictionary(name => name, _ => new Counts());
    private volatile ChainFailure? _failure;

    /// <summary>The last failure of a connection, or null.</summary>
    internal ChainFailure? Failure => _failure;

    /// <summary>All tunnels, in their order.</summary>
    internal IReadOnlyList<TunnelFigures> Figures() => [.. _tunnels.Select(tunnel => tunnel.Value.Figures(tunnel.Key))];

    public void OnEvent(PlaitEvent happened)
    {
        switch (happened)
        {
            case PlaitEvent.ConnectionOpened opened when _tunnels.TryGetValue(opened.Chain, out Counts? counts):
                counts.Opened(opened);
                break;
            case PlaitEvent.ConnectionEnded ended when _tunnels.TryGetValue(ended.Chain, out Counts? counts):
                _failure = ended.Failure ?? _failure;
                counts.Ended(ended);
                break;
            case PlaitEvent.ConnectionFailed failed when _tunnels.TryGetValue(failed.Failure.Chain, out Counts? counts):
                _failure = failed.Failure;
                counts.Failed();
                break;
        }
    }

    private sealed class Counts
    {
        private readonly ConcurrentDictionary<long, HopFigures> _open = new();
        private long _opened;
        private long _failed;
        private long _outward;
        private long _inward;

        internal void Opened(PlaitEvent.ConnectionOpened opened)
        {
            Interlocked.Increment(ref _opened);
            _open[opened.Connection] = opened.Hops[0];
        }

        internal void Ended(PlaitEvent.ConnectionEnded ended)
        {
            _open.TryRemove(ended.Connection, out _);
            Interlocked.Add(ref _outward, ended.Outward);
            Interlocked.Add(ref _inward, ended.Inward);
            if (ended.Failure is not null)
            {
                Failed();
            }
        }

        internal void Failed() => Interlocked.Increment(ref _failed);

        internal TunnelFigures Figures(string name)
        {
            HopFigures[] open = [.. _open.Values];
            return new(
                name, open.Length, Interlocked.Read(ref _opened), Interlocked.Read(ref _failed),
                Interlocked.Read(ref _outward) + open.Sum(hop => hop.Outward), Interlocked.Read(ref _inward) + open.Sum(hop => hop.Inward));
        }
    }
}
