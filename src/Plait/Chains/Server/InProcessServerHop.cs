using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Transports;

namespace Plait.Chains.Server;

/// <summary>A hop that is part of Plait: a stream passes it at once.</summary>
internal sealed class InProcessServerHop(IInProcessTransport transport) : ServerHop
{
    internal override ValueTask<HopPassage> EnterAsync(
        ServerConnection connection, int hop, ByteConnection outer, CancellationToken cancellationToken)
    {
        HopTrace trace = connection.Connection.Hops[hop];
        trace.RunsIn(HopTrace.InProcess);
        trace.Joint = JointKind.InProcess;
        return new(new HopPassage(transport.WrapServer(new CountedConnection(outer, trace)), Way: null));
    }
}
