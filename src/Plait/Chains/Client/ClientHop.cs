using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Transports;

namespace Plait.Chains.Client;

/// <summary>One hop of a client chain: knows how to be dialled.</summary>
internal abstract class ClientHop
{
    /// <summary>Why the hop cannot serve at this moment; null if it can.</summary>
    /// <param name="wire">Whether the hop stands at the wire.</param>
    internal virtual ProcessDown? Obstacle(bool wire) => null;

    /// <summary>Opens the stream that this hop offers towards the opening's target.</summary>
    /// <param name="hop">The hop's part of the connection that is being opened; dials the hops behind it.</param>
    /// <param name="cancellationToken">The opening's deadline.</param>
    /// <exception cref="ChainException">This hop or one behind it failed.</exception>
    internal abstract Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken);
}

/// <summary>A hop inside Plait: wraps the stream of the next hop, or of the network.</summary>
internal sealed class InProcessClientHop(IInProcessTransport transport) : ClientHop
{
    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        hop.Trace.RunsIn(HopTrace.InProcess);
        hop.Trace.Joint = JointKind.InProcess;
        ByteConnection onward = await hop.DialNextAsync(cancellationToken).ConfigureAwait(false);
        return transport.WrapClient(hop.IsWire ? onward : new CountedConnection(onward, hop.Connection.Hops[hop.Index + 1]));
    }
}
