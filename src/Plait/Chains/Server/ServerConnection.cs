using System.Net;

namespace Plait.Chains.Server;

/// <summary>One client's connection on its way inwards through a server chain.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Connection">Owner of what exists only for it.</param>
/// <param name="Client">The client's true address, or null where it is not known for certain (G1).</param>
internal sealed record ServerConnection(ServerChain Chain, ChainConnection Connection, IPEndPoint? Client)
{
    /// <summary>It began at a joint: which connection from the network it came by cannot be said.</summary>
    internal bool BeganAtJoint { get; init; }

    /// <summary>Without the client's address (G5).</summary>
    public override string ToString() => $"connection of {Chain.Alias}";
}
