namespace Plait.Diagnostics.Failures;

/// <summary>What was being done when a chain failed. Its words stand in <see cref="FailureWords"/>.</summary>
public enum ChainStage
{
    /// <summary>Starting the hop's program.</summary>
    Launch,

    /// <summary>The managed-proxy conversation of its start (pt-spec 3.3).</summary>
    Negotiation,

    /// <summary>Connecting to the hop's own listener.</summary>
    Dial,

    /// <summary>Waiting for the hop to grant the connection.</summary>
    Grant,

    /// <summary>Waiting for the hop's stream at its joint.</summary>
    Joint,

    /// <summary>The connection to the network, or to the upstream proxy.</summary>
    OutsideConnection,

    /// <summary>Handing the connection to tor's ORPort or Extended ORPort.</summary>
    Authentication,

    /// <summary>Moving bytes, after the connection was granted and established.</summary>
    Relay,

    /// <summary>Plait is ending, and its children with it.</summary>
    Shutdown,

    /// <summary>Connecting to the service at the far end of a tunnel.</summary>
    Service,
}
