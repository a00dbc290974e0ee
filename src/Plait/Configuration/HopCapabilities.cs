namespace Plait.Configuration;

/// <summary>
/// What the hops of one kind can do, as far as the kind alone decides it. Where a chain needs an ability that one of its hops lacks,
/// the chain is refused with the name of the ability.
/// </summary>
public sealed record HopCapabilities
{
    /// <summary>It is asked for the target of each connection. A program without this is told its only target when it starts.</summary>
    public bool TakesTargets { get; init; } = true;

    /// <summary>On a client, Plait can be made to dial for it, so that an upstream proxy of tor's is kept.</summary>
    public bool LetsPlaitDial { get; init; } = true;

    /// <summary>On a bridge, it can tell for each connection where that came from, so that the client's address is known (G1).</summary>
    public bool ReportsItsClient { get; init; } = true;

    /// <summary>A client can have it.</summary>
    public bool ForClients { get; init; } = true;

    /// <summary>A bridge can have it.</summary>
    public bool ForBridges { get; init; } = true;
}
