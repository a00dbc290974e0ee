using System.Net;
using Plait.Chains;
using Plait.Chains.Server;
using Plait.Processes;

namespace Plait.Hops.Tunnels;

/// <summary>The starts of a bridge's tunnel: it listens where the network or Plait connects to it, and forwards to a joint of Plait's.</summary>
/// <param name="plan">What it is to do.</param>
/// <param name="command">Its command.</param>
/// <param name="state">Its directory.</param>
/// <param name="services">What everything shares.</param>
internal sealed class TunnelServerProgram(TunnelServerPlan plan, ListenerCommand command, StateFolder state, HostServices services) : IServerProgram
{
    private readonly ListenerStart _start = new(command, plan.Position.Transport, socks: null, state, services);

    /// <inheritdoc/>
    public ServerJoint NewJoint(JointOwner owner) =>
        plan.Source.SendsProxyHeader ? new ProxyHeaderJoint(owner) : new OrPortJoint(owner, learned: null);

    /// <inheritdoc/>
    public Task<LaunchedTransports> LaunchAsync(IPEndPoint listen, IPEndPoint joint, CancellationToken cancellationToken) =>
        _start.AtAsync(listen, joint, plan.Options, plan.FacesNetwork, joint, cancellationToken);
}
