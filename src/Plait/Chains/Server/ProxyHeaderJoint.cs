using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.ProxyProtocol;

namespace Plait.Chains.Server;

/// <summary>
/// The joint of a tunnel that reports where each of its connections comes from, in a header of the PROXY protocol (H1). That is as exact as
/// the USERADDR of a pluggable transport: the client at the wire, elsewhere the dial of Plait's by which the tunnel was reached.
/// </summary>
internal sealed class ProxyHeaderJoint : ServerJoint
{
    /// <param name="owner">Whose it is.</param>
    internal ProxyHeaderJoint(JointOwner owner)
        : base(JointKind.OrPort, owner) => Listener.Open();

    protected override async Task ServeAsync(SocketConnection stream, CancellationToken stopping)
    {
        if (await ReadHeaderAsync(stream, stopping).ConfigureAwait(false) is not { } header)
        {
            return;
        }

        if (Owner.Arrivals.Identify(header.Source, transport: null, out SafeText? why) is { } arrival)
        {
            await PassAsync(arrival, stream, stopping).ConfigureAwait(false);
            return;
        }

        LogUnknown(why);
    }

    /// <summary>Null for a connection without a header, which is refused: nothing is guessed (H1).</summary>
    private async Task<ProxyHeaderHandshake?> ReadHeaderAsync(SocketConnection stream, CancellationToken stopping)
    {
        var header = new ProxyHeaderHandshake();
        using var limit = new TimeLimit(Services.Time, Services.Limits.HandshakeTimeout, stopping);
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(stream, header, limit.Token).ConfigureAwait(false);
        if (outcome.Completed)
        {
            return header;
        }

        ChainLog.JointStranger(Services.Logger, Owner.Name, outcome.Why);
        return null;
    }
}
