using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Hops.Tunnels;

/// <summary>
/// The fixed target of one tunnel process on a client: a listener of Plait's, from which each connection goes on to the next hop. All
/// connections of the process have the same way on, so what arrives here may go on whosever it is; for whom it is matters only for reports.
/// </summary>
/// <remarks>
/// A tunnel may open one connection for each that it accepts, as socat does, or carry several in one, as v2ray-plugin does unless it is told
/// mux=0 (Q22). So an arrival is a branch of its connection, and does not end with it.
/// </remarks>
internal sealed class TunnelJoint : IAsyncDisposable
{
    private readonly SafeText _program;
    private readonly HostServices _services;
    private readonly ConnectionListener _listener;
    private readonly Lock _lock = new();
    private readonly List<TunnelTicket> _tickets = [];
    private readonly HashSet<ChainConnection> _arrivals = [];
    private readonly TaskCompletionSource _used = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _sharesConnections;
    private int _carrying;

    /// <param name="program">How messages call the tunnel.</param>
    /// <param name="services">What everything shares.</param>
    /// <exception cref="SocketException">No listener could be made.</exception>
    internal TunnelJoint(SafeText program, HostServices services)
    {
        (_program, _services) = (program, services);
        var sameUser = new SameUserCheck(program, services.Logger);
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), services.Pollers, services.JointBudget, ServeAsync, sameUser.Admits);
    }

    /// <summary>What the tunnel connects to.</summary>
    internal IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Connections of the tunnel that are open here.</summary>
    internal int Connections => _listener.Connections;

    /// <summary>Connections that go through the tunnel.</summary>
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

    /// <summary>Completes when a stream of the tunnel has arrived for the first time: it connects to its target.</summary>
    internal Task Used => _used.Task;

    /// <summary>Whether a stream of the tunnel stands that may carry further connections.</summary>
    internal bool IsCarrying => Volatile.Read(ref _carrying) > 0;

    /// <summary>
    /// The tunnel was seen to carry a connection in the stream of another. It may as well have been slow to dial: that is seen when one more
    /// stream arrives while others stand, and the next connection is waited for again (G2).
    /// </summary>
    internal bool SharesConnections
    {
        get => _sharesConnections;
        set => _sharesConnections = value;
    }

    /// <summary>A ticket for one connection, to be taken before the tunnel is dialled.</summary>
    internal TunnelTicket Issue(HopOpening hop)
    {
        var ticket = new TunnelTicket(this, hop);
        lock (_lock)
        {
            _tickets.Add(ticket);
        }

        return ticket;
    }

    /// <summary>A connection is over. With the last one, what the tunnel still has open here is closed.</summary>
    internal void Withdraw(TunnelTicket ticket)
    {
        ChainConnection[] left;
        lock (_lock)
        {
            left = _tickets.Remove(ticket) && _tickets.Count == 0 ? [.. _arrivals] : [];
        }

        foreach (ChainConnection arrival in left)
        {
            arrival.End(); // not under the lock: its waiters run here
        }
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(SocketConnection stream, CancellationToken stopping)
    {
        if (Claim() is not var (ticket, arrival))
        {
            ChainLog.TicketOver(_services.Logger, _program); // the connection that it is for has ended
            return;
        }

        try
        {
            if (await OpenAsync(stream, ticket, arrival, stopping).ConfigureAwait(false) is { } onward)
            {
                await using (onward.ConfigureAwait(false))
                {
                    await RelayAsync(stream, ticket, arrival, onward, stopping).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                _arrivals.Remove(arrival);
            }

            await arrival.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The connection for which a stream arrives: the first that still waits for one; else any, as the tunnel has one more.</summary>
    private (TunnelTicket Ticket, ChainConnection Arrival)? Claim()
    {
        TunnelTicket? ticket;
        ChainConnection arrival;
        lock (_lock)
        {
            ticket = _tickets.Find(each => !each.Entered.IsCompleted) ?? _tickets.FirstOrDefault();
            if (ticket is null)
            {
                return null;
            }

            arrival = ticket.Hop.Connection.Branch(ticket.Hop.Index + 1);
            _arrivals.Add(arrival);
        }

        if (IsCarrying)
        {
            SharesConnections = false;
        }

        ticket.Hop.Trace.Dialled = true;
        _used.TrySetResult(); // first: what comes back through the relay must not come from nowhere (ProvisionalConnection)
        ticket.MarkEntered();
        return (ticket, arrival);
    }

    private async Task RelayAsync(
        SocketConnection stream, TunnelTicket ticket, ChainConnection arrival, ByteConnection onward, CancellationToken stopping)
    {
        Interlocked.Increment(ref _carrying);
        try
        {
            await OutwardRelay.RunAsync(arrival, arrival.FirstHop, stream, onward, stopping).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _carrying);
        }

        if ((arrival.ChildEnd ?? arrival.Lost) is { } failure)
        {
            ticket.Fail(failure);
        }
    }

    /// <summary>Opens the way on; null if it fails, which the connection then knows.</summary>
    private async Task<ByteConnection?> OpenAsync(
        SocketConnection stream, TunnelTicket ticket, ChainConnection arrival, CancellationToken stopping)
    {
        ByteConnection onward;
        try
        {
            arrival.ThrowIfReserved(stream, arrival.FirstHop - 1, ChainStage.Joint);
            using var limit = new TimeLimit(_services.Time, _services.Limits.OpenTimeout, stopping, arrival.Ending);
            await using (HangUp.Cancels(limit, stream).ConfigureAwait(false))
            {
                onward = await ticket.Hop.Opening.For(arrival).DialAsync(arrival.FirstHop, limit.Token).ConfigureAwait(false);
            }
        }
        catch (ChainException e)
        {
            ticket.Fail(arrival.Failure ?? e.Failure);
            return null;
        }
        catch (OperationCanceledException)
        {
            ticket.Fail(arrival.NotReachedInTime(_services.Limits.OpenTimeout).Failure);
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            ticket.Fail(arrival.LostInside(e).Failure);
            throw;
        }

        ticket.Hop.Connection.LimitGrant(arrival.Grant);
        ticket.MarkReady();
        return onward;
    }
}

/// <summary>One connection that goes through a tunnel.</summary>
internal sealed class TunnelTicket(TunnelJoint joint, HopOpening hop) : IDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The tunnel's hop of the connection.</summary>
    internal HopOpening Hop => hop;

    /// <summary>Completes when a stream of the tunnel has arrived for it.</summary>
    internal Task Entered => _entered.Task;

    /// <summary>Completes when the way on stands; fails with a <see cref="ChainException"/>.</summary>
    internal Task Ready => _ready.Task;

    internal void MarkEntered() => _entered.TrySetResult();

    internal void MarkReady() => _ready.TrySetResult();

    /// <summary>The way on could not be opened, or broke off. If the connection fails now, that is the reason.</summary>
    internal void Fail(ChainFailure failure)
    {
        hop.Connection.WayLost(failure);
        if (!_ready.Task.IsCompleted
            && _ready.TrySetException(hop.Connection.Report.IsOpened ? new ChainException(failure) : hop.Connection.Failed(failure)))
        {
            _ = _ready.Task.Exception; // observed: the opening may not be waiting any more
        }
    }

    /// <summary>The connection is over.</summary>
    public void Dispose() => joint.Withdraw(this);
}
