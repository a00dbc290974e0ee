using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Wire.Arguments;

namespace Plait.Chains.Server;

/// <summary>A hop that is a child's transport. The child brings to its joint what comes out of the hop.</summary>
internal sealed class ManagedServerHop(ServerPlugin program, string transport) : ServerHop
{
    internal override ProcessDown? Obstacle => program.Process.Obstacle(transport, out _);

    internal override bool BringsUnnamed => program.Arrivals.BringsUnnamed(transport);

    internal override bool ListensItself => program.PublicAddress is not null;

    internal override IPEndPoint? AnnouncedAddress => program.AnnouncedAddress;

    internal override PtArguments? Announce() => program.Announce(transport);

    /// <summary>Connects to the child's listener.</summary>
    /// <inheritdoc/>
    internal override async ValueTask<HopPassage> EnterAsync(
        ServerConnection connection, int hop, ByteConnection outer, CancellationToken cancellationToken)
    {
        if (program.Process.Obstacle(transport, out LaunchedTransports? running) is { } down)
        {
            throw connection.Connection.Down(hop, down);
        }

        connection.Connection.ServedBy(hop, running!.Process, program.Name);
        try
        {
            return new(outer, await program
                .DialAsync(connection, hop, transport, running.Methods[transport], cancellationToken).ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            FailureCause cause = FailureWords.CauseOf(e);
            throw connection.Connection.Failed(hop, ChainStage.Dial, cause,
                FailureWords.DetailOf(cause, $"the transport's own listener does not answer"), e);
        }
    }
}
