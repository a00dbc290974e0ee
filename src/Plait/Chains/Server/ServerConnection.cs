using System.Net;

namespace Plait.Chains.Server;

/// <summary>One client's connection on its way inwards through a server chain.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Connection">Owner of what exists only for it.</param>
/// <param name="Client">The client's true address, or null where it is not known for certain (G1).</param>
internal sealed record ServerConnection(ServerChain Chain, ChainConnection Connection, IPEndPoint? Client)
{
    /// <summary>It began at a joint: its program listens at the wire itself, or did not say which dial of ours it came by.</summary>
    internal bool BeganAtJoint { get; init; }

    private TorApproach? _approach;

    /// <summary>Begins to approach tor, beside what else is to be done; no more than once.</summary>
    internal void ApproachTor(ITorDialer tor)
    {
        if (_approach is null)
        {
            _approach = new(tor, Client, Chain.Alias, Chain.Services.Limits.HandshakeTimeout, Chain.Services.Time);
            Connection.Own(_approach);
        }
    }

    /// <summary>What <see cref="ApproachTor"/> has come to: ready to be introduced, or null.</summary>
    internal async Task<TorConnection?> TakeApproachAsync(CancellationToken cancellationToken)
    {
        if (_approach is null)
        {
            return null;
        }

        Connection.Disown(_approach);
        return await _approach.TakeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Without the client's address (G5).</summary>
    public override string ToString() => $"connection of {Chain.Alias}";
}
