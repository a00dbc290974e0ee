using System.Net;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Client;

/// <summary>
/// The live connections of an indirect hop that go on alike, in one process of its program. A dial does not say
/// for which of them it is, and need not: each would go the same way.
/// </summary>
/// <remarks>
/// A hop that grants truthfully has had one dial answered before. So each answered dial counts for any one connection that is
/// still to be granted. A grant for which no answered dial is left came too early.
/// </remarks>
/// <param name="way">Where they go on to.</param>
/// <param name="time">The clock.</param>
internal sealed class SharedWay(WayOn way, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<IndirectTicket> _tickets = [];
    private readonly List<ChainConnection> _dials = [];
    private readonly List<ChainConnection> _unanswered = []; // of these
    private long _emptySince = time.GetTimestamp();
    private int _answered;

    /// <summary>Where they go on to.</summary>
    internal WayOn Way => way;

    /// <summary>Every name that was dialled for it, or may be.</summary>
    internal HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>One of its connections names no address that it may dial.</summary>
    internal bool IsUnnamed { get; private set; }

    /// <summary>Its live connections.</summary>
    internal int Tickets
    {
        get
        {
            lock (_lock)
            {
                return _tickets.Count;
            }
        }
    }

    /// <summary>Whether no dial of it can come any more: its last connection ended longer ago than <paramref name="after"/>.</summary>
    internal bool IsOver(TimeSpan after)
    {
        lock (_lock)
        {
            return _tickets.Count == 0 && time.GetElapsedTime(_emptySince) > after;
        }
    }

    internal IndirectTicket Issue(IPEndPoint target, HopOpening hop, HashSet<string> names)
    {
        var ticket = new IndirectTicket(this, target, hop, names);
        lock (_lock)
        {
            _tickets.Add(ticket);
            Names.UnionWith(names);
            IsUnnamed |= names.Count == 0;
        }

        return ticket;
    }

    /// <summary>Whether one of its tickets has this target.</summary>
    internal bool Has(EndPoint dialled)
    {
        lock (_lock)
        {
            return _tickets.Exists(ticket => ticket.Target.Equals(dialled));
        }
    }

    /// <summary>Begins a dial: a connection of its own for the hops behind. Null if no connection is left that it could be for.</summary>
    internal (IndirectTicket Ticket, ChainConnection Dial)? Begin(string name)
    {
        lock (_lock)
        {
            IndirectTicket? ticket = _tickets.Find(each => !each.IsGranted && each.Names.Contains(name))
                ?? _tickets.Find(each => each.Names.Contains(name)) ?? _tickets.FirstOrDefault();
            if (ticket is null)
            {
                return null;
            }

            ChainConnection dial = ticket.Hop.Connection.Branch(ticket.Hop.Index + 1);
            _dials.Add(dial);
            _unanswered.Add(dial);
            _tickets.Where(each => each.IsGranted).ToList().ForEach(each => each.MarkEntered());
            return (ticket, dial);
        }
    }

    /// <summary>A dial has been answered, before the child can know.</summary>
    internal void Answered(ChainConnection dial)
    {
        lock (_lock)
        {
            _unanswered.Remove(dial);
            _answered = Math.Min(_answered + 1, _tickets.Count(ticket => !ticket.IsGranted));
            foreach (IndirectTicket ticket in _tickets)
            {
                ticket.Hop.Connection.LimitGrant(dial.Grant);
                ticket.Hop.Connection.WayLost(null);
                if (ticket.IsGranted)
                {
                    ticket.MarkReady();
                }
            }
        }
    }

    /// <summary>A dial could not be answered, or broke off. Remembered, because most programs give no reason of their own.</summary>
    internal void Failed(ChainConnection dial, ChainFailure failure)
    {
        lock (_lock)
        {
            _tickets.ForEach(ticket => ticket.Hop.Connection.WayLost(failure));
            if (_unanswered.Remove(dial) && _unanswered.Count == 0)
            {
                _tickets.Where(ticket => ticket.IsGranted).ToList().ForEach(ticket => ticket.MarkFailed(failure));
            }
        }
    }

    /// <summary>A dial that may have been for this way was refused: if one of its connections fails now, that is the reason.</summary>
    internal void DialRefused(SafeText detail)
    {
        lock (_lock)
        {
            _tickets.Where(ticket => !ticket.IsGranted).ToList()
                .ForEach(ticket => ticket.Hop.Connection.DialRefused(ticket.Hop.Index, FailureCause.Refused, detail));
        }
    }

    /// <summary>A dial is over.</summary>
    internal void Ended(ChainConnection dial)
    {
        lock (_lock)
        {
            _dials.Remove(dial);
            _unanswered.Remove(dial);
        }
    }

    internal void Granted(IndirectTicket ticket)
    {
        lock (_lock)
        {
            ticket.IsGranted = true;
            if (_answered > 0)
            {
                _answered--;
                ticket.MarkReady();
            }
            else if (_unanswered.Count > 0)
            {
                ticket.MarkEntered();
            }
        }
    }

    internal void Withdraw(IndirectTicket ticket)
    {
        ChainConnection[] left = [];
        lock (_lock)
        {
            if (!_tickets.Remove(ticket))
            {
                return;
            }

            _answered = Math.Min(_answered, _tickets.Count(each => !each.IsGranted));
            if (_tickets.Count == 0)
            {
                _emptySince = time.GetTimestamp();
                left = [.. _dials];
            }
        }

        foreach (ChainConnection dial in left)
        {
            dial.End(); // not under the lock: its waiters run here
        }
    }
}
