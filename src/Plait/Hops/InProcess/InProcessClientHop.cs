using Plait.Chains;
using Plait.Chains.Client;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Transports;

namespace Plait.Hops.InProcess;

/// <summary>A hop inside Plait: wraps the stream of the next hop, or of the network.</summary>
/// <param name="transport">The transport.</param>
internal sealed class InProcessClientHop(IInProcessTransport transport) : ClientHop
{
    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        hop.Trace.RunsIn(HopTrace.InProcess);
        hop.Trace.Joint = JointKind.InProcess;
        ByteConnection onward = await hop.DialNextAsync(cancellationToken).ConfigureAwait(false);
        ByteConnection counted = hop.IsWire ? onward : new CountedConnection(onward, hop.Connection.Hops[hop.Index + 1]);
        hop.Opening.Chain.Scrubber.Learn(hop.Arguments);
        hop.Waits(ChainStage.Grant, OpeningStep.OtherSide);
        try
        {
            var context = new HopContext { Arguments = hop.Arguments, Target = hop.Opening.Target };
            return await InProcessHandshake.RunAsync(
                token => transport.ConnectAsync(counted, context, token), hop.Connection, hop.Index, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await onward.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
