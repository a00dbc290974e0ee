using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Transports;

namespace Plait.Chains.Client;

/// <summary>One hop of a client chain: knows how to be dialled.</summary>
internal abstract class ClientHop
{
    /// <summary>Why it cannot serve at this moment, or null.</summary>
    /// <param name="wire">Whether it stands at the wire.</param>
    internal virtual ProcessDown? Obstacle(bool wire) => null;

    /// <summary>Opens the stream that this hop offers towards the opening's target.</summary>
    /// <param name="opening">The connection being opened, which dials the hops behind this one.</param>
    /// <param name="index">The hop's place in its chain.</param>
    /// <param name="cancellationToken">The opening's deadline.</param>
    /// <exception cref="ChainException">This hop or one behind it failed.</exception>
    internal abstract Task<ByteConnection> DialAsync(ChainOpening opening, int index, CancellationToken cancellationToken);
}

/// <summary>A hop inside Plait: wraps whatever stream is behind it.</summary>
internal sealed class InProcessClientHop(IInProcessTransport transport) : ClientHop
{
    internal override async Task<ByteConnection> DialAsync(
        ChainOpening opening, int index, CancellationToken cancellationToken)
    {
        HopTrace trace = opening.Connection.Hops[index];
        trace.RunsIn(HopTrace.InProcess);
        trace.Joint = JointKind.InProcess;
        ByteConnection wire = await opening.DialAsync(index + 1, cancellationToken).ConfigureAwait(false);
        bool countedElsewhere = index + 1 >= opening.Connection.Hops.Count;
        return transport.WrapClient(countedElsewhere ? wire : new CountedConnection(wire, opening.Connection.Hops[index + 1]));
    }
}
