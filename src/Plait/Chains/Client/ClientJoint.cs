using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>
/// A private SOCKS5 listener with a password that one child uses as its upstream proxy. Every connection of the child
/// arrives here; the kind of joint decides where it may lead.
/// </summary>
internal abstract class ClientJoint : IAsyncDisposable
{
    private const string UserName = "plait";
    private const int TicketAddresses = 1 << 17;

    // 198.18.0.0/15 is set aside for benchmarks (RFC 2544): no host has such an address, so a ticket that ever reached a
    // network would lead nowhere.
    private static readonly IPNetwork s_ticketRange = new(new IPAddress([198, 18, 0, 0]), 15);

    private readonly byte[] _secret = Encoding.ASCII.GetBytes(SecureRandom.Hex(16));
    private readonly ConnectionListener _listener;
    private long _leaks;

    /// <param name="program">How messages call the child.</param>
    /// <param name="budget">How many connections the child may have open here.</param>
    /// <param name="limits">How long the child's handshake and the way on may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where leaks are reported.</param>
    /// <param name="pollers">Those that watch its connections.</param>
    private protected ClientJoint(SafeText program, ConnectionBudget budget, Limits limits, TimeProvider time, ILogger logger, PollerSet pollers)
    {
        (Program, Limits, Time, Logger) = (program, limits, time, logger);
        var sameUser = new SameUserCheck(program, logger);
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), pollers, budget, ServeAsync, accepted => sameUser.Admits(accepted) || TurnedAway());
        Proxy = new(ProxyScheme.Socks5, _listener.EndPoint, UserName, Encoding.ASCII.GetString(_secret));
    }

    /// <summary>The child's TOR_PT_PROXY. Stays the same across restarts of the child.</summary>
    internal UpstreamProxy Proxy { get; }

    /// <summary>Tickets that have not been used or withdrawn: a counter for G7.</summary>
    internal abstract int Tickets { get; }

    /// <summary>Dials that no connection had asked for.</summary>
    internal long Leaks => Interlocked.Read(ref _leaks);

    /// <summary>Connections of the child that are open here.</summary>
    internal int Connections => _listener.Connections;

    /// <summary>How messages call the child.</summary>
    protected SafeText Program { get; }

    /// <summary>The limits in force.</summary>
    protected Limits Limits { get; }

    /// <summary>The clock.</summary>
    protected TimeProvider Time { get; }

    /// <summary>Where leaks are reported.</summary>
    protected ILogger Logger { get; }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    /// <summary>Serves one dial of the child; <paramref name="child"/> is closed when it returns.</summary>
    /// <param name="child">The child's connection, whose SOCKS request is still to be answered.</param>
    /// <param name="dialled">The target that the child asks for.</param>
    /// <param name="stopping">Fires when Plait ends.</param>
    protected abstract Task ServeAsync(SocketConnection child, EndPoint dialled, CancellationToken stopping);

    /// <summary>An address that names a ticket and no host.</summary>
    protected static IPEndPoint RandomTarget()
    {
        int offset = SecureRandom.Number(TicketAddresses);
        byte[] address = [198, (byte)(18 + (offset >> 16)), (byte)(offset >> 8), (byte)offset];
        return new(new IPAddress(address), 1 + SecureRandom.Number(65535));
    }

    /// <summary>Whether an address is one that only a ticket can have.</summary>
    protected static bool NamesTicket(EndPoint dialled) =>
        dialled is IPEndPoint { Address: var address } && s_ticketRange.Contains(address);

    /// <summary>Answers the child's request.</summary>
    protected static Task ReplyAsync(SocketConnection child, SocksReplyCode code, CancellationToken stopping) =>
        SocksReplies.SendAsync(child, SocksVersion.Socks5, code, stopping);

    /// <summary>Reports a dial that was refused because no connection had asked for it (G3).</summary>
    /// <param name="advice">What may be wrong, for the reader of the log.</param>
    protected void ReportLeak(SafeText advice)
    {
        Interlocked.Increment(ref _leaks);
        ChainLog.LeakRefused(Logger, Program, advice);
    }

    private async Task ServeAsync(SocketConnection child, CancellationToken stopping)
    {
        // A task of its own reads the request, so that nothing of the handshake is held while the relay runs.
        if (await ReadRequestAsync(child, stopping).ConfigureAwait(false) is { } target)
        {
            await ServeAsync(child, target, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>The target that the child dials; null for a stranger.</summary>
    private async Task<EndPoint?> ReadRequestAsync(SocketConnection child, CancellationToken stopping)
    {
        var handshake = new SocksServerHandshake(
            new SocksCredentialPolicy.Password(Encoding.ASCII.GetBytes(UserName), _secret));
        using var limit = new TimeLimit(Time, Limits.HandshakeTimeout, stopping);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(child, handshake, limit.Token).ConfigureAwait(false);
        if (outcome.Completed)
        {
            return handshake.Request!.Target;
        }

        ChainLog.JointStranger(Logger, Program, outcome.Why);
        TurnedAway();
        return null;
    }

    /// <summary>
    /// A connection was turned away before its request was read. It may have been the child's, for any connection that waits for the child.
    /// </summary>
    /// <returns>False.</returns>
    private bool TurnedAway()
    {
        ForgetWhoDialled();
        return false;
    }

    /// <summary>It is no longer certain, for any connection that waits for the child to dial, that the child has not dialled.</summary>
    protected virtual void ForgetWhoDialled()
    {
    }
}
