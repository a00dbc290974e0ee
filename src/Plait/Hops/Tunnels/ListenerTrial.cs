using Plait.Chains;
using Plait.Configuration;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Hops.Tunnels;

/// <summary>Starts a client's SOCKS program or tunnel for <c>plait check --start</c>.</summary>
internal static class ListenerTrial
{
    /// <summary>Its process, not started yet. It gets no arguments; a tunnel has a listener of Plait's as its target.</summary>
    /// <param name="transport">The transport: one of the two.</param>
    /// <param name="state">Its directory.</param>
    /// <param name="surroundings">Of the client.</param>
    internal static (PooledProgram Program, PluginLine Line) New(TransportDeclaration transport, StateFolder state, ClientSurroundings surroundings)
    {
        HostServices services = surroundings.Services;
        var tunnel = transport.Source as TransportSource.Tunnel;
        var program = transport.Source as TransportSource.SocksProgram;
        PluginLine line = transport.Source.Line!;
        var command = new ListenerCommand(line, (tunnel?.Template ?? program?.Template)!, PtRole.Client, tunnel);
        var start = new ListenerStart(command, transport.Name, program?.Version, state, services);
        TunnelJoint? joint = tunnel is not null ? new(command.Name, services) : null;
        var process = new TransportProcess(
            command.Name, token => start.OnLoopbackAsync(joint?.EndPoint, PtArguments.Empty, token), services.Limits, services.Time, services.Logger);
        return (new(process, joint, services), line);
    }
}
