using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;

namespace Plait.Chains.Server;

/// <summary>
/// A chain on the bridge's side: from the network inwards, hop by hop, to tor or to the service of a tunnel. Each hop's child brings its stream
/// to a joint, and the joint
/// passes it on inwards. In <see cref="Client.ChainOpening"/>, on the client's side, each hop is asked for the next.
/// </summary>
internal sealed class ServerChain(
    string alias,
    ChainDefinition definition,
    IReadOnlyList<ServerHop> hops,
    InnerEnd inner,
    HostServices services)
{
    // One hop that ends both directions at once ends both of the chain.
    private readonly TimeSpan _linger = hops.Min(hop => hop.LingerTimeout(services.Limits));

    internal string Alias => alias;

    /// <summary>The alias, for messages.</summary>
    internal SafeText Name { get; } = SafeText.Name(alias);

    internal ChainDefinition Definition => definition;

    internal IReadOnlyList<ServerHop> Hops => hops;

    internal HostServices Services => services;

    /// <summary>Whether all of its hops can serve at this moment.</summary>
    internal bool IsReady => hops.All(hop => hop.Obstacle is null);

    /// <summary>A new connection of this chain.</summary>
    /// <param name="client">The client's true address, or null if it is not known for certain (G1).</param>
    /// <param name="enteredAt">Our end of the client's own connection, or null if that is not ours.</param>
    internal ServerConnection NewConnection(IPEndPoint? client, IPEndPoint? enteredAt = null) => new(
        this,
        new(alias, definition.Hops.Select(hop => hop.Name), _linger, services.Time, services.Pipes) { OnBridge = true, EnteredAt = enteredAt },
        client);

    /// <summary>Takes a stream to the next hop inwards, or to tor, and relays until it ends.</summary>
    /// <param name="arrival">Whose stream it is, and how far it has come.</param>
    /// <param name="stream">The stream. It is granted when the way on stands, before any byte is relayed.</param>
    /// <param name="stopping">Fires when Plait stops.</param>
    /// <exception cref="ChainException">The way on could not be opened.</exception>
    /// <exception cref="PeerRejectedException">A hop inside Plait has rejected the peer.</exception>
    internal async Task<RelayResult> PassInwardAsync(Arrival arrival, InwardStream stream, CancellationToken stopping)
    {
        (ServerConnection connection, int outerHop, _) = arrival;
        connection.Connection.ThrowIfReserved(stream.Accepted, null, ChainStage.Dial);

        (int hop, InwardWay way) = await OpenAsync(connection, outerHop, stream, stopping).ConfigureAwait(false);
        await using (way.ConfigureAwait(false))
        {
            await stream.GrantAsync().ConfigureAwait(false);

            // The gate is for a stream between two hops, not for one from the network or to tor.
            TimeSpan? hold = hop >= 0 && hop < hops.Count - 1 ? services.Limits.FirstByteHold : null;
            bool awaited = hop >= 0 && !hops[hop].BringsUnnamed;
            Task<RelayResult> relaying = Relay.RunAsync(
                stream.Current,
                way.Stream,
                connection.Connection.RelayTo(new InwardRelay(connection.Connection, outerHop, hop, awaited, arrival.Begins), hold),
                stopping);
            if (hop < 0)
            {
                services.Reporter.Opened(connection.Connection); // last: the client waits for the relay
            }

            if (outerHop < hops.Count && awaited)
            {
                connection.ApproachTor(inner); // while the inner hops shake hands; not for a peer that the wire hop may still turn away
            }

            return await relaying.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Opens the way on from a hop: through the hops that are part of Plait, to the next child or to tor. A method of its own, so that the
    /// deadlines' sources do not live as long as the relay.
    /// </summary>
    /// <returns>The hop that is dialled, or -1 for tor; the way on.</returns>
    private async Task<(int Hop, InwardWay Way)> OpenAsync(ServerConnection connection, int outerHop, InwardStream stream, CancellationToken stopping)
    {
        for (int hop = outerHop - 1; hop >= 0; hop--)
        {
            if (hops[hop].ShakesHands)
            {
                stream.IsTaken = true;
                await stream.GrantAsync().ConfigureAwait(false);
            }

            (ByteConnection passed, InwardWay? way) = await EnterAsync(connection, hop, stream.Current, stopping).ConfigureAwait(false);
            stream.Passed(passed);
            if (way is not null)
            {
                return (hop, way);
            }
        }

        return (-1, new(await DialInnerAsync(connection, stopping).ConfigureAwait(false)));
    }

    private async ValueTask<HopPassage> EnterAsync(ServerConnection connection, int hop, ByteConnection outer, CancellationToken stopping)
    {
        if (hops[hop].ShakesHands)
        {
            return await hops[hop].EnterAsync(connection, hop, outer, stopping).ConfigureAwait(false);
        }

        using var limit = new TimeLimit(services.Time, services.Limits.HandshakeTimeout, stopping);
        try
        {
            return await hops[hop].EnterAsync(connection, hop, outer, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!stopping.IsCancellationRequested)
        {
            (ChainStage stage, SafeText detail) = hops[hop].TooSlow(services.Limits);
            throw connection.Connection.Failed(hop, stage, FailureCause.TimedOut, detail, e);
        }
    }

    private async Task<ByteConnection> DialInnerAsync(ServerConnection connection, CancellationToken stopping)
    {
        using var limit = new TimeLimit(services.Time, services.Limits.HandshakeTimeout, stopping);
        try
        {
            return await DialInnerWithinAsync(connection, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!stopping.IsCancellationRequested)
        {
            throw connection.Connection.Failed(null, inner.Stage, FailureCause.TimedOut, inner.Silence, e);
        }
    }

    private async Task<ByteConnection> DialInnerWithinAsync(ServerConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            InnerConnection reached = await connection.TakeApproachAsync(cancellationToken).ConfigureAwait(false)
                ?? await inner.ApproachAsync(connection.Client, alias, cancellationToken).ConfigureAwait(false);
            return await reached.IntroduceAsync(connection.Connection, cancellationToken).ConfigureAwait(false);
        }
        catch (TorRefusedException e)
        {
            throw connection.Connection.Failed(null, inner.Stage, e.Cause, e.Text, e);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            FailureCause cause = e switch
            {
                SocketException socket => FailureWords.CauseOf(socket),
                OutsideException outside => outside.Cause,
                _ => FailureCause.Reset,
            };
            throw connection.Connection.Failed(null, inner.Stage, cause, FailureWords.DetailOf(cause, inner.NoAnswer), e);
        }
    }
}
