using Plait.Chains;
using Plait.Chains.Client;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;

namespace Plait.Hops.Tunnels;

/// <summary>
/// A hop that is a SOCKS program which Plait started. It takes no proxy: at the wire it dials the network itself, elsewhere a shim joins it.
/// </summary>
/// <param name="plugin">Its processes.</param>
internal sealed class SocksProgramHop(SocksProgramPlugin plugin) : SocksHop
{
    internal override ProcessDown? Obstacle(bool wire) => Lost(wire) ?? plugin.Obstacle();

    internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        if (Lost(hop.IsWire) is { } lost)
        {
            throw hop.Down(lost);
        }

        TransportProcess process = plugin.Only ?? await EnterAsync(hop, cancellationToken).ConfigureAwait(false);
        if (process.Obstacle(plugin.Transport.Name, out LaunchedTransports? running) is { } down)
        {
            throw hop.Down(down);
        }

        hop.Connection.ServedBy(hop.Index, running!.Process, plugin.Name);
        var dial = new SocksDial(hop, running.Methods[plugin.Transport.Name], plugin.CredentialsOf(hop.Arguments));
        return await WithoutProxyAsync(dial, new(hop, plugin.Name, plugin.Grants), cancellationToken).ConfigureAwait(false);
    }

    private async Task<TransportProcess> EnterAsync(HopOpening hop, CancellationToken cancellationToken)
    {
        if (plugin.Problem(hop.Arguments) is { } problem)
        {
            throw hop.Failed(ChainStage.Dial, FailureCause.ArgumentWrong, problem);
        }

        hop.Waits(ChainStage.Launch, $"the SOCKS program to listen");
        await Poller.LeaveAsync(); // a process may have to be started
        if (await plugin.EnterAsync(hop.Arguments, cancellationToken).ConfigureAwait(false) is not { } lease)
        {
            throw hop.Failed(ChainStage.Launch, FailureCause.LimitReached,
                $"{plugin.Name} would need one more process, and {plugin.Budget.Limit} have connections; raise MaxTunnels in the plaitrc");
        }

        hop.Connection.Own(lease);
        await lease.Program.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
        return lease.Program.Process;
    }

    private ProcessDown? Lost(bool wire) => wire ? ProcessDown.Of(plugin.Refusal) : null;
}
