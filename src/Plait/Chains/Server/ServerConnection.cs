using System.Net;
using Plait.Configuration;

namespace Plait.Chains.Server;

/// <summary>One client's connection on its way inwards through a server chain.</summary>
/// <param name="chain">The chain.</param>
/// <param name="connection">The owner of what exists only for it.</param>
/// <param name="client">The client's true address, or null where it is not known for certain (G1).</param>
internal sealed class ServerConnection(ServerChain chain, ChainConnection connection, IPEndPoint? client)
{
    private TorApproach? _approach;

    internal ServerChain Chain => chain;

    /// <summary>The owner of what exists only for it.</summary>
    internal ChainConnection Connection => connection;

    /// <summary>The client's true address, or null where it is not known for certain (G1).</summary>
    internal IPEndPoint? Client => client;

    /// <summary>Begins to approach tor while the inner hops shake hands. Calling again changes nothing.</summary>
    internal void ApproachTor(InnerEnd tor)
    {
        if (_approach is null)
        {
            _approach = new(tor, Client, Chain.Alias, Chain.Services.Limits.HandshakeTimeout, Chain.Services.Time);
            Connection.Own(_approach);
        }
    }

    /// <summary>Takes the result of <see cref="ApproachTor"/>: a connection that is ready to be introduced, or null.</summary>
    internal async Task<InnerConnection?> TakeApproachAsync(CancellationToken cancellationToken)
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
