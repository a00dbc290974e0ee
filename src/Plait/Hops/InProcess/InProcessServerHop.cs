using Plait.Chains;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Transports;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Hops.InProcess;

/// <summary>A hop inside Plait.</summary>
/// <param name="transport">The transport.</param>
/// <param name="options">Its ServerTransportOptions.</param>
internal sealed class InProcessServerHop(IInProcessTransport transport, PtArguments options) : ServerHop
{
    private readonly HopContext _context = new() { Arguments = options };

    internal override (ChainStage Stage, SafeText Detail) TooSlow(Limits limits) =>
        (ChainStage.Grant, $"its handshake with the client did not end within {limits.HandshakeTimeout.TotalSeconds:0.#} s");

    internal override async ValueTask<HopPassage> EnterAsync(
        ServerConnection connection, int hop, ByteConnection outer, CancellationToken cancellationToken)
    {
        connection.Chain.Services.Scrubber.Learn(options);
        HopTrace trace = connection.Connection.Hops[hop];
        trace.RunsIn(HopTrace.InProcess);
        trace.Joint = JointKind.InProcess;
        ByteConnection passed = await InProcessHandshake.RunAsync(
            token => transport.AcceptAsync(new CountedConnection(outer, trace), _context, token), connection.Connection, hop, cancellationToken)
            .ConfigureAwait(false);
        return new(passed, Way: null);
    }
}
