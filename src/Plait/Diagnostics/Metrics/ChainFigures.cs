using Plait.Diagnostics.Events;

namespace Plait.Diagnostics.Metrics;

/// <summary>What the connections of one chain are and carry: those that stand, and the sum of those that are over.</summary>
internal sealed class ChainFigures
{
    private long _outward;
    private long _inward;

    /// <summary>The connections that stand, by number: the hop that whoever opened it speaks with.</summary>
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
