using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Native;
using Plait.Relays;
using Plait.Wire.Pt;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>
/// The preferred client joint: a private SOCKS5 proxy with a password that a child believes to be its upstream proxy. All
/// that it dials comes here, carrying the ticket it was asked for; the way on is opened then, and a refusal goes back
/// through the child with its reason. A dial that nobody asked for is a leak, and refused (G3).
/// </summary>
/// <remarks>
/// An indirect transport brings back a target of its own choice, which names no connection; so it has a process and a
/// joint to itself (<see cref="ClientProgram"/>), and what it dials belongs to a connection of its own that lives. At the
/// wire it may go where it likes. In the middle of a chain its dials go on to the next hop, and then all its live
/// connections have to go on alike, or the bytes of one could come out as another's.
/// </remarks>
internal sealed class ProxyJoint : IAsyncDisposable
{
    // 198.18.0.0/15 is set aside for benchmarks (RFC 2544): no host has such an address, so a ticket that ever reached a
    // network would lead nowhere.
    private static readonly IPNetwork s_ticketRange = new(new IPAddress([198, 18, 0, 0]), 15);
    private const int TicketAddresses = 1 << 17;

    private readonly ConcurrentDictionary<IPEndPoint, ProxyTicket> _tickets = new();
    private readonly SafeText _program;
    private readonly Limits _limits;
    private readonly ILogger _logger;
    private readonly byte[] _secret = Encoding.ASCII.GetBytes(SecureRandom.Hex(16));
    private readonly ConnectionListener _listener;
    private readonly bool _indirect;
    private long _leaks;

    /// <param name="program">How messages call the child.</param>
    /// <param name="indirect">Its transport ignores the target it is given.</param>
    /// <param name="budget">How many connections it may have open here.</param>
    /// <param name="limits">How long its handshake and the way on may take.</param>
    /// <param name="logger">Where leaks are told.</param>
    internal ProxyJoint(SafeText program, bool indirect, ConnectionBudget budget, Limits limits, ILogger logger)
    {
        _program = program;
        _indirect = indirect;
        _limits = limits;
        _logger = logger;
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), budget, ServeAsync, new OwnUserDoor(program, logger).Admits);
        Proxy = new(ProxyScheme.Socks5, _listener.EndPoint, UserName, Encoding.ASCII.GetString(_secret));
    }

    private const string UserName = "plait";

    /// <summary>What the child is told as its TOR_PT_PROXY. Stays the same across restarts of the child.</summary>
    internal UpstreamProxy Proxy { get; }

    /// <summary>Its transport ignores the target it is given.</summary>
    internal bool Indirect => _indirect;

    /// <summary>Tickets that have not been used or withdrawn: a counter for G7.</summary>
    internal int Tickets => _tickets.Count;

    /// <summary>Dials that nobody had asked for.</summary>
    internal long Leaks => Interlocked.Read(ref _leaks);

    /// <summary>Connections of the child that are open here.</summary>
    internal int Connections => _listener.Connections;

    /// <summary>A ticket for one connection of one hop; the connection owns it.</summary>
    internal ProxyTicket Issue(ChainOpening opening, int index)
    {
        while (true)
        {
            var ticket = new ProxyTicket(this, RandomTarget(), opening, index);
            if (_tickets.TryAdd(ticket.Target, ticket)) // else this address is in use
            {
                return ticket;
            }
        }
    }

    internal void Withdraw(ProxyTicket ticket) => _tickets.TryRemove(KeyValuePair.Create(ticket.Target, ticket));

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private static IPEndPoint RandomTarget()
    {
        int offset = SecureRandom.Number(TicketAddresses);
        byte[] address = [198, (byte)(18 + (offset >> 16)), (byte)(offset >> 8), (byte)offset];
        return new(new IPAddress(address), 1 + SecureRandom.Number(65535));
    }

    private async Task ServeAsync(SocketConnection child, CancellationToken stopping)
    {
        // Each of the two steps before the relay is a task apart: while the relay runs nothing of them is held.
        if (await ReadRequestAsync(child, stopping).ConfigureAwait(false) is { } target &&
            await GoOnAsync(child, target, stopping).ConfigureAwait(false) is var (connection, hop, onward))
        {
            await using (onward.ConfigureAwait(false))
            {
                RelaySettings settings = connection.RelayOutward(hop);
                if (hop == connection.Hops.Count && !_indirect)
                {
                    settings = settings with { OnEndedFirst = connection.NetworkEnded };
                }

                RelayResult result = await Relay.RunAsync(child, onward, settings, stopping).ConfigureAwait(false);
                if (result.Fault == RelayEnd.SecondFailed && !_indirect)
                {
                    connection.BrokeOff(hop);
                }
            }

            if (!_indirect)
            {
                connection.End(); // an indirect transport may close one dial and make another
            }
        }
    }

    /// <summary>What the child dials; null for a stranger.</summary>
    private async Task<EndPoint?> ReadRequestAsync(SocketConnection child, CancellationToken stopping)
    {
        var handshake = new SocksServerHandshake(
            new SocksCredentialPolicy.Password(Encoding.ASCII.GetBytes(UserName), _secret));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(_limits.HandshakeTimeout);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(child, handshake, deadline.Token).ConfigureAwait(false);
        if (outcome.Completed)
        {
            return handshake.Request!.Target;
        }

        ChainLog.JointStranger(_logger, _program, outcome.Why);
        return null;
    }

    /// <summary>
    /// A leak says for whom it was dialled only if one connection alone waits for the child to dial. Should that fail now,
    /// the leak is the reason.
    /// </summary>
    private void TieLeak()
    {
        ProxyTicket[] waiting = [.. _tickets.Values.Where(ticket => !ticket.Entered.IsCompleted)];
        if (waiting is [var only])
        {
            only.Opening.Connection.LeakSeen(only.Index, $"{_program} dialled something else than it was asked for, and was refused");
        }
    }

    /// <summary>Finds the connection that a dial belongs to; null if nobody asked for it.</summary>
    private ProxyTicket? Claim(EndPoint dialled)
    {
        if (dialled is IPEndPoint address && (!_indirect || s_ticketRange.Contains(address.Address)))
        {
            // An indirect transport may use its target after all (meek without a url), and as often as it likes.
            return _tickets.TryGetValue(address, out ProxyTicket? ticket) && (_indirect || _tickets.TryRemove(KeyValuePair.Create(address, ticket)))
                ? ticket
                : null;
        }

        ProxyTicket[] live = _indirect ? [.. _tickets.Values] : [];
        return live.Length > 0 && live.All(other => Interchangeable(live[0], other))
            ? live.FirstOrDefault(waiting => !waiting.Entered.IsCompleted) ?? live[0]
            : null;
    }

    private static bool Interchangeable(ProxyTicket one, ProxyTicket other) =>
        (one.IsAtWire && other.IsAtWire) || (one.Index == other.Index && one.Opening.GoesOnLike(other.Opening, one.Index));

    /// <summary>Opens the way on for a dial and grants it; the connection, the hop behind it and its stream, or null if it is refused.</summary>
    private async Task<(ChainConnection Connection, int Hop, ByteConnection Onward)?> GoOnAsync(
        SocketConnection child, EndPoint dialled, CancellationToken stopping)
    {
        if (Claim(dialled) is not { } ticket)
        {
            ReportUnasked(dialled);
            await SocksReplies.SendAsync(child, SocksVersion.Socks5, SocksReplyCode.NotAllowed, stopping).ConfigureAwait(false);
            return null;
        }

        ChainConnection connection = ticket.Opening.Connection;
        ticket.MarkEntered();
        if (!_indirect)
        {
            connection.Disown(ticket); // used
        }

        ByteConnection onward;
        try
        {
            if (Descriptors.IsReserved(child.Socket))
            {
                throw connection.Failed(ticket.Index, ChainStage.Joint, FailureCause.LimitReached, FailureWords.NoDescriptorLeft);
            }

            onward = await OpenAsync(ticket, dialled, stopping).ConfigureAwait(false);
        }
        catch (ChainException e)
        {
            ticket.MarkFailed(e);
            await SocksReplies.SendAsync(child, SocksVersion.Socks5, FailureWords.ReplyOf(e.Failure), stopping).ConfigureAwait(false);
            return null;
        }
        catch (OperationCanceledException)
        {
            (int? hop, ChainStage stage, SafeText awaited) = connection.Step;
            ticket.MarkFailed(connection.Failed(hop, stage, FailureCause.TimedOut,
                $"what is behind the joint was not reached in time; it was waiting for {awaited}"));
            return null;
        }
        catch (Exception e)
        {
            ticket.MarkFailed(e); // nobody shall wait for it until the deadline
            throw;
        }

        ticket.MarkReady(); // before the child can know: one that grants earlier than this has granted too early
        try
        {
            await SocksReplies.SendAsync(child, SocksVersion.Socks5, SocksReplyCode.Succeeded, stopping).ConfigureAwait(false);
        }
        catch
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return (connection, ticket.Index + 1, onward);
    }

    private async Task<ByteConnection> OpenAsync(ProxyTicket ticket, EndPoint dialled, CancellationToken stopping)
    {
        if (ticket.TakeOnward() is { } ahead)
        {
            return await ahead.ConfigureAwait(false); // it has a limit of its own
        }

        ChainOpening opening = ticket.Opening;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping, opening.Connection.Ending);
        deadline.CancelAfter(_limits.OpenTimeout);
        return ticket.IsAtWire && !dialled.Equals(ticket.Target)
            ? await opening.OutsideAsync(dialled, deadline.Token).ConfigureAwait(false)
            : await opening.DialAsync(ticket.Index + 1, deadline.Token).ConfigureAwait(false);
    }

    private void ReportUnasked(EndPoint dialled)
    {
        if (dialled is IPEndPoint target && s_ticketRange.Contains(target.Address))
        {
            ChainLog.TicketOver(_logger, _program); // asked for once; whoever asked has left
            return;
        }

        Interlocked.Increment(ref _leaks);
        TieLeak();
        ChainLog.LeakRefused(_logger, _program, _indirect
            ? SafeText.Of($"it serves connections that do not go on alike, so it cannot be said whose this is")
            : $"if its transport ignores the target it is given, declare it: IndirectTransport NAME");
    }
}
