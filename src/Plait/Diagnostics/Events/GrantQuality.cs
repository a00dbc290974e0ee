namespace Plait.Diagnostics.Events;

/// <summary>How far a hop's grant proves that its connection is established (G2).</summary>
public enum GrantQuality
{
    /// <summary>The hop grants when its connection is established.</summary>
    Proven,

    /// <summary>The hop grants before its connection is established: a failure may still follow (S27).</summary>
    Early,

    /// <summary>The hop grants at once and dials only when payload flows (C5).</summary>
    Lazy,
}
