using System.Net;

namespace Plait.Chains.Server;

/// <summary>
/// The dials to one server child that the child has not yet brought back at its joint: a superset of the connections that
/// may still arrive. All addresses that Plait tells tor rest on this table.
/// </summary>
/// <remarks>
/// By address (Extended ORPort) a dial is found exactly. Without one (plain ORPort) an arrival belongs to a dial for
/// certain only if no other can be meant, that is, if exactly one is outstanding. For that to hold, a dial may leave the
/// table only when it has arrived for certain, or when the child can bring it back no more: when the child has closed its
/// end, and everything it had connected before that has been looked at. A dial of which this cannot be known is lost, and
/// then nothing is certain until the child is restarted.
/// </remarks>
internal sealed class OutstandingDials
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, InwardDial> _dials = [];
    private bool _uncertain;

    /// <summary>Nothing is certain any more, until the child is restarted.</summary>
    internal bool Uncertain
    {
        get
        {
            lock (_lock)
            {
                return _uncertain;
            }
        }
    }

    /// <summary>How many there are.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _dials.Count;
            }
        }
    }

    /// <summary>All there are.</summary>
    internal IReadOnlyList<InwardDial> Snapshot()
    {
        lock (_lock)
        {
            return [.. _dials.Values];
        }
    }

    /// <summary>Enters a dial. Before it connects: some children answer at once (C11).</summary>
    /// <returns>False if an older dial of the same source is still known: then another source is needed.</returns>
    internal bool TryAdd(InwardDial dial)
    {
        lock (_lock)
        {
            return _dials.TryAdd(dial.Source, dial);
        }
    }

    /// <summary>Takes out the dial with this local end point; null if there is none, or no more.</summary>
    internal InwardDial? Claim(IPEndPoint source)
    {
        lock (_lock)
        {
            return _dials.Remove(source, out InwardDial? dial) ? dial : null;
        }
    }

    /// <summary>Takes out the only dial there is; null if an arrival without an address could mean several, or none.</summary>
    internal InwardDial? ClaimOnly()
    {
        lock (_lock)
        {
            if (_dials.Count == 0)
            {
                _uncertain = true; // more arrivals than dials: this child does not bring back one for one
            }

            if (_uncertain || _dials.Count != 1)
            {
                return null;
            }

            InwardDial only = _dials.Values.Single();
            _dials.Clear();
            return only;
        }
    }

    /// <summary>The child cannot bring this dial back any more.</summary>
    internal void Remove(InwardDial dial)
    {
        lock (_lock)
        {
            TakeOut(dial);
        }
    }

    /// <summary>Whether the child can still bring this dial back is not known.</summary>
    internal void Lose(InwardDial dial)
    {
        lock (_lock)
        {
            _uncertain |= TakeOut(dial);
        }
    }

    /// <summary>Removes this very dial, not a later one of the same source.</summary>
    private bool TakeOut(InwardDial dial) => ((ICollection<KeyValuePair<IPEndPoint, InwardDial>>)_dials).Remove(new(dial.Source, dial));

    /// <summary>A new process has taken the child's place: what was uncertain ended with the old one.</summary>
    internal void BeginAnew()
    {
        lock (_lock)
        {
            _uncertain = false;
        }
    }
}
