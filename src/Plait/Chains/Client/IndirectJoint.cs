using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>
/// The proxy joint of an indirect transport before the wire. The child chooses the address that it dials, and every dial leads to the
/// next hop; the question is only for which connection. The host and port in the hop's arguments answer it
/// (<see cref="DialNames"/>). Connections whose dials could be mistaken for each other's are never in one process, unless
/// they go on alike.
/// </summary>
/// <remarks>
/// Each dial is a connection of its own through the hops behind. The transport may make as many as it likes, one after the
/// other or at the same time; none of them ends the connection that it belongs to.
/// </remarks>
/// <param name="program">How messages call the child.</param>
/// <param name="habit">Which addresses its program was seen to dial.</param>
/// <param name="budget">How many connections the child may have open here.</param>
/// <param name="limits">How long the child's handshake and the way on may take.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where leaks are reported.</param>
/// <param name="pollers">Those that watch its connections.</param>
internal sealed class IndirectJoint(
    SafeText program, DialHabit habit, ConnectionBudget budget, Limits limits, TimeProvider time, ILogger logger, PollerSet pollers)
    : ClientJoint(program, budget, limits, time, logger, pollers)
{
    private readonly Lock _lock = new();
    private readonly List<SharedWay> _ways = [];

    internal override int Tickets
    {
        get
        {
            lock (_lock)
            {
                return _ways.Sum(way => way.Tickets);
            }
        }
    }

    /// <summary>A ticket for one connection; null if the child's dials for it could be mistaken for another's.</summary>
    internal IndirectTicket? TryIssue(HopOpening hop)
    {
        WayOn on = hop.WayOn;
        HashSet<string> names = DialNames.Of(hop.Arguments);
        lock (_lock)
        {
            // A dial that the child began for a connection that has ended since comes within its handshake's limit, or never.
            _ways.RemoveAll(way => way.IsOver(Limits.HandshakeTimeout));
            SharedWay? own = _ways.Find(way => way.Way.Equals(on));
            if (_ways.Exists(way => way != own && MayBeMistaken(way, names)))
            {
                return null;
            }

            if (own is null)
            {
                own = new(on, Time);
                _ways.Add(own);
            }

            return own.Issue(RandomTarget(), hop, names);
        }
    }

    protected override async Task ServeAsync(SocketConnection child, EndPoint dialled, CancellationToken stopping)
    {
        if (Claim(dialled) is not var (way, ticket, dial))
        {
            await ReplyAsync(child, SocksReplyCode.NotAllowed, stopping).ConfigureAwait(false);
            return;
        }

        try
        {
            if (await OpenAsync(child, way, ticket, dial, stopping).ConfigureAwait(false) is { } onward)
            {
                await using (onward.ConfigureAwait(false))
                {
                    await RelayAsync(child, way, dial, onward, stopping).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            way.Ended(dial);
            await dial.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RelayAsync(
        SocketConnection child, SharedWay way, ChainConnection dial, ByteConnection onward, CancellationToken stopping)
    {
        await OutwardRelay.RunAsync(dial, dial.FirstHop, child, onward, stopping).ConfigureAwait(false);
        if ((dial.ChildEnd ?? dial.Lost) is { } failure)
        {
            way.Failed(dial, failure);
        }
    }

    private bool MayBeMistaken(SharedWay way, HashSet<string> names) =>
        habit.DialsUnnamed || way.IsUnnamed || names.Count == 0 || way.Names.Overlaps(names);

    /// <summary>Finds the way that a dial belongs to and takes it, in one step; null if no connection asked for it.</summary>
    private (SharedWay Way, IndirectTicket Ticket, ChainConnection Dial)? Claim(EndPoint dialled)
    {
        string name = DialNames.Of(dialled);
        bool isOver;
        SafeText why = $"{Program} dialled for one of several bridge lines, and Plait cannot tell for which";
        lock (_lock)
        {
            SharedWay? way = NamesTicket(dialled)
                ? _ways.Find(each => each.Has(dialled))
                : _ways.Find(each => each.Names.Contains(name)) ?? OnlyWay();
            if (way?.Begin(name) is var (ticket, dial))
            {
                return (way, ticket, dial);
            }

            isOver = way is not null || NamesTicket(dialled) || _ways.TrueForAll(each => each.Tickets == 0);
            if (!isOver)
            {
                _ways.ForEach(each => each.DialRefused(why));
            }
        }

        if (isOver)
        {
            ChainLog.TicketOver(Logger, Program); // the connection that asked for it has ended
        }
        else
        {
            ReportLeak($"it serves several bridge lines, and what it dials is named by none of them; from now on each has a process of its own");
        }

        return null;
    }

    /// <summary>A dial that no argument names is for the only way there is; of several ways, for none.</summary>
    private SharedWay? OnlyWay()
    {
        habit.DialsUnnamed = true;
        return _ways is [var only] ? only : null;
    }

    /// <summary>Opens the way on for a dial and grants it; null if it is refused.</summary>
    private async Task<ByteConnection?> OpenAsync(
        SocketConnection child, SharedWay way, IndirectTicket ticket, ChainConnection dial, CancellationToken stopping)
    {
        ByteConnection onward;
        try
        {
            dial.ThrowIfReserved(child, dial.FirstHop - 1, ChainStage.Joint);
            using var limit = new TimeLimit(Time, Limits.OpenTimeout, stopping, dial.Ending);
            await using (HangUp.Cancels(limit, child).ConfigureAwait(false))
            {
                onward = await ticket.Hop.Opening.For(dial).DialAsync(dial.FirstHop, limit.Token).ConfigureAwait(false);
            }
        }
        catch (ChainException e)
        {
            way.Failed(dial, dial.Failure ?? e.Failure);
            await ReplyAsync(child, FailureWords.ReplyOf(e.Failure), stopping).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            way.Failed(dial, dial.NotReachedInTime(Limits.OpenTimeout).Failure);
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            way.Failed(dial, dial.LostInside(e).Failure);
            throw;
        }

        way.Answered(dial); // before the child can know: a hop that grants before this has granted too early
        try
        {
            await ReplyAsync(child, SocksReplyCode.Succeeded, stopping).ConfigureAwait(false);
            return onward;
        }
        catch
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>Which addresses an indirect program was seen to dial, shared by all of its processes.</summary>
internal sealed class DialHabit
{
    /// <summary>It dials addresses that none of its arguments names, so its processes never serve two ways on.</summary>
    internal bool DialsUnnamed { get; set; }
}
