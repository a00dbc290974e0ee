namespace Plait.Transports.Obfs3;

/// <summary>Which side of a connection one is.</summary>
internal enum Obfs3Role
{
    /// <summary>The side that connected.</summary>
    Initiator,

    /// <summary>The side that accepted.</summary>
    Responder,
}
