using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Chains.Client;

/// <summary>A hop that listens for SOCKS: a child's transport (<see cref="ManagedClientHop"/>) or a program that runs already.</summary>
internal abstract class SocksHop : ClientHop
{
    /// <summary>Connects to the hop's listener and asks it for a target, in lock-step (S23).</summary>
    /// <param name="opening">The opening.</param>
    /// <param name="index">The hop's place in its chain.</param>
    /// <param name="method">Where it listens.</param>
    /// <param name="target">What it is asked for.</param>
    /// <param name="granted">Called where its grant is read, before anything else is done.</param>
    /// <param name="cancellationToken">The opening's deadline.</param>
    /// <returns>The hop's stream. It has granted; what that is worth is the caller's to find out.</returns>
    protected static async Task<SocketConnection> AskAsync(
        ChainOpening opening, int index, TransportMethod method, EndPoint target, Action? granted, CancellationToken cancellationToken)
    {
        ChainConnection connection = opening.Connection;
        opening.Chain.Scrubber.Learn(opening.ArgumentsOf(index));
        SocksClientHandshake handshake = Handshake(opening, index, method, target);
        connection.Waits(index, ChainStage.Dial, $"the transport's own port to take the connection");
        SocketConnection stream = await ConnectAsync(opening, index, method.Address, cancellationToken).ConfigureAwait(false);
        connection.Waits(index, ChainStage.Grant, OpeningStep.GrantOf(index).Awaited);
        if (connection.Hops[index].Joint == JointKind.Direct)
        {
            connection.Hops[index].WayStands(opening.Chain.Time); // as far as can be seen from here
        }

        using var answer = new ClientHangDetector(handshake, connection.Hops[index], opening.Limits.HandshakeTimeout, opening.Chain.Time, cancellationToken);
        try
        {
            HandshakeOutcome outcome = await HandshakeRunner.RunAsync(stream, handshake, granted, answer.Token).ConfigureAwait(false);
            if (handshake.IsAnswered)
            {
                connection.Hops[index].Answered();
            }

            return outcome.Completed ? stream : throw Refusal(opening, index, handshake, outcome);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && answer.Hangs && !cancellationToken.IsCancellationRequested)
            {
                await Poller.LeaveAsync(); // to look for all that it has started takes long
                bool spared = connection.Hops[index].ChildIsInUse;
                SafeText instead = spared ? $"; it has open connections, and is not restarted before they have ended" : SafeText.Empty;
                ChainException failed = connection.Failed(index, ChainStage.Grant, FailureCause.TimedOut,
                    $"the transport's program hangs: it has neither answered on its own port nor moved a byte for {opening.Limits.HandshakeTimeout.TotalSeconds:0.#} s{instead}", e);
                if (!spared)
                {
                    connection.Hops[index].KillHungChild();
                }

                throw failed;
            }

            throw e is IOException
                ? connection.Failed(index, ChainStage.Grant, FailureCause.Reset, $"the transport closed the connection without a reply", e)
                : e;
        }
    }

    private static ChainException Refusal(
        ChainOpening opening, int index, SocksClientHandshake handshake, HandshakeOutcome outcome)
    {
        if (handshake.Reply is null && outcome.Left)
        {
            return opening.Connection.Failed(index, ChainStage.Grant, FailureCause.Reset,
                $"the transport's program closed the connection instead of answering");
        }

        if (handshake.ArgumentsRefused) // S15
        {
            return opening.Connection.Failed(index, ChainStage.Grant, FailureCause.ArgumentWrong, $"the transport did not connect: {outcome.Why}");
        }

        HopTrace trace = opening.Connection.Hops[index];
        trace.Refusal = handshake.Reply;
        trace.HandshakeFailed(opening.Chain.Time);
        return opening.Connection.Failed(
            index, ChainStage.Grant, FailureWords.CauseOf(handshake.Reply), $"the transport did not connect: {outcome.Why}");
    }

    private static SocksClientHandshake Handshake(ChainOpening opening, int index, TransportMethod method, EndPoint target)
    {
        try
        {
            return SocksClientHandshake.ForTransport(method.Socks ?? SocksVersion.Socks5, target, opening.ArgumentsOf(index));
        }
        catch (ArgumentException e)
        {
            throw opening.Connection.Failed(index, ChainStage.Dial, FailureCause.ArgumentWrong, SafeText.Own(e.Message), e);
        }
    }

    private static async Task<SocketConnection> ConnectAsync(
        ChainOpening opening, int index, IPEndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            return await opening.Chain.Sources.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            FailureCause cause = FailureWords.CauseOf(e);
            throw opening.Connection.Failed(index, ChainStage.Dial, cause,
                FailureWords.DetailOf(cause, $"the transport's own SOCKS port does not answer"), e);
        }
    }

    /// <summary>
    /// Waits until the stream of a hop that has granted arrives at the joint behind it. One that dials only once payload
    /// flows is given a grace, and then counts as granted provisionally (G2, C5).
    /// </summary>
    protected static async Task EnteredAsync(
        ChainOpening opening, int index, Task entered, Task ready, ObservedGrants grants, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(entered, ready)
                .WaitAsync(opening.Limits.LazyDialGrace, opening.Chain.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Found(opening, index, grants, GrantQuality.Lazy);
            return;
        }

        await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A hop was seen to grant like this: remembered of its transport, and told of the connection (G2).</summary>
    protected static void Found(ChainOpening opening, int index, ObservedGrants grants, GrantQuality quality)
    {
        grants.Seen(opening.Connection.Hops[index].Transport, quality);
        opening.Connection.LimitGrant(quality);
    }

    /// <summary>The shim joint: a one-use listener that the hop is asked to connect to.</summary>
    /// <remarks>The way on is opened first, from the last hop to the first: once the hop's stream arrives, there is no more to fail.</remarks>
    protected static async Task<ByteConnection> ThroughShimAsync(
        ChainOpening opening, int index, TransportMethod method, SafeText program, ObservedGrants grants, CancellationToken cancellationToken)
    {
        ByteConnection onward = await opening.DialAsync(index + 1, cancellationToken).ConfigureAwait(false);
        ShimJoint shim;
        try
        {
            shim = opening.Chain.Shims.Open();
        }
        catch (SocketException e)
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            FailureCause cause = FailureWords.CauseOf(e);
            throw opening.Connection.Failed(index, ChainStage.Joint, cause,
                FailureWords.DetailOf(cause, $"no port could be opened for the way to the next hop"), e);
        }

        HopTrace trace = opening.Connection.Hops[index];
        trace.Dialled = false;
        opening.Connection.Own(shim);
        opening.Connection.Run(shim.ServeAsync(opening.Connection, index, onward, opening.Limits.OpenTimeout, opening.Chain.Time));
        try
        {
            SocketConnection stream =
                await AskAsync(opening, index, method, shim.Target, shim.Granted, cancellationToken).ConfigureAwait(false);
            if (!shim.HadComeAtGrant)
            {
                Found(opening, index, grants, GrantQuality.Early);
            }

            return await EnteredOrDisposeAsync(
                opening, index, stream, shim.Entered, shim.Entered, program, grants, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            trace.Dialled = shim.HasCome;
            shim.Dispose();
            throw;
        }
    }

    /// <summary><see cref="EnteredAsync"/>; closes the hop's stream when it throws.</summary>
    /// <returns>The stream; one that proves itself as it goes if the grant is provisional.</returns>
    protected static async Task<ByteConnection> EnteredOrDisposeAsync(
        ChainOpening opening, int index, SocketConnection stream, Task entered, Task ready, SafeText program, ObservedGrants grants,
        CancellationToken cancellationToken)
    {
        try
        {
            await EnteredAsync(opening, index, entered, ready, grants, cancellationToken).ConfigureAwait(false);
            if (!entered.IsCompletedSuccessfully)
            {
                opening.Connection.GrantedBefore(index, entered);
            }

            return entered.IsCompletedSuccessfully
                ? stream
                : new ProvisionalConnection(stream, entered, () =>
                {
                    ChainLog.WentAround(opening.Chain.Logger, program);
                    opening.Connection.Failed(index, ChainStage.Relay, FailureCause.LeakRefused,
                        $"{program} answered before it had connected to the next hop: its bytes went around the chain");
                });
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>A SOCKS program that somebody else runs (torrc's external form, N6). Knows no proxy joint.</summary>
/// <param name="method">Where it listens.</param>
/// <param name="grants">What the external programs' grants turned out to be worth.</param>
internal sealed class UnmanagedClientHop(TransportMethod method, ObservedGrants grants) : SocksHop
{
    /// <summary>How messages call it.</summary>
    internal static readonly SafeText Program = $"the external program";

    internal override async Task<ByteConnection> DialAsync(
        ChainOpening opening, int index, CancellationToken cancellationToken)
    {
        HopTrace trace = opening.Connection.Hops[index];
        trace.RunsIn(Program);
        opening.Connection.LimitGrant(grants.Of(trace.Transport));
        trace.Joint = opening.IsWire(index) ? JointKind.Direct : JointKind.Shim;
        return opening.IsWire(index)
            ? await AskAsync(opening, index, method, opening.Target, granted: null, cancellationToken).ConfigureAwait(false)
            : await ThroughShimAsync(opening, index, method, Program, grants, cancellationToken).ConfigureAwait(false);
    }
}
