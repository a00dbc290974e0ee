using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Transports;
using Plait.Wire.Arguments;

namespace Plait.Hops.InProcess;

/// <summary>A hop inside Plait.</summary>
/// <param name="place">Its place in the chain.</param>
internal sealed class InProcessServerHop(InProcessServer place) : ServerHop
{
    private static readonly SafeText s_advice =
        $"nothing, if it is seldom: strangers and broken connections cause it; if it is every connection, compare the chains of both sides";

    internal override ProcessDown? Obstacle => place.Down;

    internal override bool ShakesHands => true;

    internal override TimeSpan LingerTimeout(Limits limits) => InProcessLinger.Of(place.Prepared?.EndsDirectionsApart ?? true, limits);

    internal override PtArguments? Announce() => place.Prepared?.ClientArguments;

    /// <summary>Shakes hands within the transport's own limit; then the token fires only when Plait stops.</summary>
    /// <exception cref="PeerRejectedException">The handshake failed.</exception>
    /// <inheritdoc/>
    internal override async ValueTask<HopPassage> EnterAsync(
        ServerConnection connection, int hop, ByteConnection outer, CancellationToken cancellationToken)
    {
        HostServices services = connection.Chain.Services;
        long came = services.Time.GetTimestamp();
        HopTrace trace = connection.Connection.Hops[hop];
        trace.RunsIn(HopTrace.InProcess);
        trace.Joint = JointKind.InProcess;
        if (place.Prepared is not { } server)
        {
            throw connection.Connection.Down(hop, place.Down!);
        }

        await Poller.LeaveAsync(); // a handshake computes
        TimeSpan timeout = server.HandshakeTimeout ?? services.Limits.HandshakeTimeout;
        using var limit = new TimeLimit(services.Time, timeout, cancellationToken);
        try
        {
            if (hop < connection.Chain.Hops.Count - 1)
            {
                await WaitForFirstBytesAsync(outer, services, limit.Token).ConfigureAwait(false);
            }

            var counted = new CountedConnection(outer, trace);
            return new(
                await AcceptAsync(server, connection.Connection, hop, counted, services.Time, limit.Token).ConfigureAwait(false), Way: null);
        }
        catch (Exception e) when (InProcessHandshake.IsFailure(e))
        {
            ChainException failed = InProcessHandshake.Failed(connection.Connection, hop, e, s_advice);
            throw new PeerRejectedException(failed, outer, came, server.ClosesRejectedAfter);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            var timedOut = new TransportException(FailureCause.TimedOut, InProcessHandshake.NotEndedWithin($"the client", timeout), e);
            ChainException failed = InProcessHandshake.Failed(connection.Connection, hop, timedOut, s_advice);
            // One that was given up may still read.
            throw new PeerRejectedException(failed, outer, came, e is HandshakeGivenUpException ? null : server.ClosesRejectedAfter);
        }
    }

    private async ValueTask<ByteConnection> AcceptAsync(
        IPreparedServer server, ChainConnection connection, int hop, ByteConnection wire, TimeProvider time, CancellationToken deadline)
    {
        place.Handshakes.Enter();
        try
        {
            if (place.Prepared is null) // asked again: from here on it is not disposed
            {
                throw connection.Down(hop, place.Down!);
            }

            return await InProcessHandshake.RunAsync(token => server.AcceptAsync(wire, token), ended: static () => { }, time, deadline)
                .ConfigureAwait(false);
        }
        finally
        {
            place.Handshakes.Leave(); // also of one that was given up: it may never end
        }
    }

    /// <summary>
    /// The first-byte gate: a transport that speaks first, such as obfs3, is not let to before the hop outside has delivered its first bytes.
    /// The outer hop's client may not show what comes together with its handshake (G11, O4-37).
    /// </summary>
    private static async Task WaitForFirstBytesAsync(ByteConnection outer, HostServices services, CancellationToken deadline)
    {
        if (services.Limits.FirstByteHold == TimeSpan.Zero)
        {
            return;
        }

        using var hold = new TimeLimit(services.Time, services.Limits.FirstByteHold, deadline);
        try
        {
            await outer.ReadAsync(Memory<byte>.Empty, hold.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            // The client may wait for the server's first bytes.
        }
    }
}
