using System.Collections.Concurrent;
using System.Net;
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
/// The preferred client joint: a private SOCKS5 proxy that a child believes to be its upstream proxy. Every dial of the child
/// comes here, with the ticket that it was asked for. The way on is opened then, and a refusal goes back through the child
/// with its reason. A dial without a ticket is a leak, and refused (G3).
/// </summary>
/// <remarks>An indirect transport brings back a target of its own choice, so it has another kind: <see cref="IndirectJoint"/>.</remarks>
internal sealed class ProxyJoint(SafeText program, ConnectionBudget budget, Limits limits, TimeProvider time, ILogger logger, PollerSet pollers)
    : ClientJoint(program, budget, limits, time, logger, pollers)
{
    private readonly ConcurrentDictionary<IPEndPoint, ProxyTicket> _tickets = new();

    internal override int Tickets => _tickets.Count;

    /// <summary>A ticket for one connection of one hop; the connection owns it.</summary>
    internal ProxyTicket Issue(HopOpening hop)
    {
        while (true)
        {
            var ticket = new ProxyTicket(this, RandomTarget(), hop);
            if (_tickets.TryAdd(ticket.Target, ticket)) // else this address is in use
            {
                return ticket;
            }
        }
    }

    internal void Withdraw(ProxyTicket ticket) => _tickets.TryRemove(KeyValuePair.Create(ticket.Target, ticket));

    protected override async Task ServeAsync(SocketConnection child, EndPoint dialled, CancellationToken stopping)
    {
        if (await GoOnAsync(child, dialled, stopping).ConfigureAwait(false) is not var (connection, hop, onward))
        {
            return;
        }

        await using (onward.ConfigureAwait(false))
        {
            await OutwardRelay.RunAsync(connection, hop, child, onward, stopping).ConfigureAwait(false);
        }

        connection.End();
    }

    /// <summary>
    /// A leak belongs to a connection for certain only if no other waits for the child to dial. Should that one fail now,
    /// the leak is the reason.
    /// </summary>
    private void TieLeak()
    {
        if (Waiting.Take(2).ToList() is [var only])
        {
            only.Hop.Connection.DialRefused(only.Hop.Index, FailureCause.LeakRefused, $"{Program} dialled something else than it was asked for, and was refused");
        }

        ForgetWhoDialled();
    }

    private IEnumerable<ProxyTicket> Waiting => _tickets.Values.Where(ticket => !ticket.Entered.IsCompleted);

    protected override void ForgetWhoDialled()
    {
        foreach (ProxyTicket ticket in Waiting)
        {
            ticket.Hop.Trace.Dialled = null;
        }
    }

    /// <summary>Opens the way on for a dial and grants it; the connection, the hop behind it and its stream, or null if it is refused.</summary>
    private async Task<(ChainConnection Connection, int Hop, ByteConnection Onward)?> GoOnAsync(
        SocketConnection child, EndPoint dialled, CancellationToken stopping)
    {
        if (dialled is not IPEndPoint address || !_tickets.TryRemove(address, out ProxyTicket? ticket))
        {
            ReportUnasked(dialled);
            await ReplyAsync(child, SocksReplyCode.NotAllowed, stopping).ConfigureAwait(false);
            return null;
        }

        ChainConnection connection = ticket.Hop.Connection;
        ticket.Hop.Trace.Dialled = true;
        ticket.MarkEntered();
        connection.Disown(ticket); // used
        ByteConnection onward;
        try
        {
            connection.ThrowIfReserved(child, ticket.Hop.Index, ChainStage.Joint);
            onward = await OpenAsync(ticket, stopping).ConfigureAwait(false);
        }
        catch (ChainException e)
        {
            ticket.MarkFailed(e);
            await ReplyAsync(child, FailureWords.ReplyOf(e.Failure), stopping).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            ticket.MarkFailed(connection.NotReachedInTime(Limits.OpenTimeout));
            return null;
        }
        catch (Exception e)
        {
            ticket.MarkFailed(e); // else the opening would wait until its deadline
            throw;
        }

        ticket.MarkReady(); // before the child can know: a hop that grants before this has granted too early
        try
        {
            await ReplyAsync(child, SocksReplyCode.Succeeded, stopping).ConfigureAwait(false);
        }
        catch
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return (connection, ticket.Hop.Index + 1, onward);
    }

    private async Task<ByteConnection> OpenAsync(ProxyTicket ticket, CancellationToken stopping)
    {
        if (ticket.TakeOnward() is { } ahead)
        {
            return await ahead.ConfigureAwait(false); // under a limit of its own
        }

        using var limit = new TimeLimit(Time, Limits.OpenTimeout, stopping, ticket.Hop.Connection.Ending);
        return await ticket.Hop.DialNextAsync(limit.Token).ConfigureAwait(false);
    }

    private void ReportUnasked(EndPoint dialled)
    {
        if (NamesTicket(dialled))
        {
            ChainLog.TicketOver(Logger, Program); // asked for once; the connection that asked has ended
            return;
        }

        TieLeak();
        ReportLeak($"if its transport ignores the target that it is given, write in the plaitrc: IndirectTransport NAME");
    }
}
