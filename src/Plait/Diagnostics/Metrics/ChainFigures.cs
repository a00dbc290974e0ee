using Plait.Diagnostics.Events;

namespace Plait.Diagnostics.Metrics;

/// <summary>The connections of one chain and their bytes: the established ones, and the sum of those that have ended.</summary>
internal sealed class ChainFigures
{
    private long _outward;
    private long _inward;

    /// <summary>The established connections, by number: for each the hop at the side that opened it.</summary>
    internal Dictionary<long, HopFigures> Open { get; } = [];

    /// <summary>Towards the network, and towards tor.</summary>
    internal (long Outward, long Inward) Bytes =>
        (_outward + Open.Values.Sum(hop => hop.Outward), _inward + Open.Values.Sum(hop => hop.Inward));

    internal void End(long connection)
    {
        if (Open.Remove(connection, out HopFigures? hop))
        {
            _outward += hop.Outward;
            _inward += hop.Inward;
        }
    }
}
