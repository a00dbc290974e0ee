using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Transports;
using Plait.Transports.Foreign;

namespace Plait.Hops.InProcess;

/// <summary>A hop inside Plait: wraps the stream of the next hop, or of the network.</summary>
/// <param name="transport">The transport.</param>
internal sealed class InProcessClientHop(IClientTransport transport) : ClientHop
{
    private static readonly SafeText s_advice = $"check this hop's arguments in the bridge line, and that the bridge runs the same chain";

    internal override TimeSpan LingerTimeout(Limits limits) => InProcessLinger.Of(transport.EndsDirectionsApart, limits);

    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        hop.Trace.RunsIn(HopTrace.InProcess);
        hop.Trace.Joint = JointKind.InProcess;
        hop.Opening.Chain.Scrubber.Learn(hop.Arguments);
        await Poller.LeaveAsync(); // a handshake computes
        IClientHandshake handshake = await PrepareAsync(hop, cancellationToken).ConfigureAwait(false);
        bool begun = false;
        try
        {
            ByteConnection onward = await hop.DialNextCountedAsync(cancellationToken).ConfigureAwait(false);
            await Poller.LeaveAsync();
            begun = true;
            return await ShakeHandsAsync(hop, handshake, onward, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!begun)
            {
                handshake.Dispose();
            }
        }
    }

    private async ValueTask<IClientHandshake> PrepareAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        var context = new ClientTransportContext { Arguments = hop.Arguments, Target = hop.Opening.Target, Time = hop.Time };
        try
        {
            return transport is ForeignClientTransport foreign
                ? await foreign.PrepareAsync(context, cancellationToken).ConfigureAwait(false)
                : transport.Prepare(context);
        }
        catch (TransportException e)
        {
            throw InProcessHandshake.Failed(hop.Connection, hop.Index, e, s_advice);
        }
    }

    private async Task<ByteConnection> ShakeHandsAsync(
        HopOpening hop, IClientHandshake handshake, ByteConnection onward, CancellationToken cancellationToken)
    {
        ByteConnection heard = hop.IsWire ? new HeardConnection(onward, hop.Trace) : onward;
        hop.Trace.Dialled = true;
        hop.Waits(ChainStage.Grant, OpeningStep.OtherSide);
        using TimeLimit? limit = transport.HandshakeTimeout is { } timeout ? new(hop.Time, timeout, cancellationToken) : null;
        try
        {
            ByteConnection stream = await InProcessHandshake.RunAsync(
                deadline => handshake.ConnectAsync(heard, deadline), handshake.Dispose, hop.Time, limit?.Token ?? cancellationToken)
                .ConfigureAwait(false);
            return ReferenceEquals(stream, heard) ? onward : stream; // a relay moves a bare socket's bytes in the kernel
        }
        catch (Exception e)
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            throw InProcessHandshake.IsFailure(e) ? InProcessHandshake.Failed(hop.Connection, hop.Index, e, s_advice)
                : e is OperationCanceledException && !cancellationToken.IsCancellationRequested && transport.HandshakeTimeout is { } timedOut
                    ? hop.Failed(
                        ChainStage.Grant, FailureCause.TimedOut, InProcessHandshake.NotEndedWithin($"its other side on the bridge", timedOut), e)
                : e;
        }
    }
}
