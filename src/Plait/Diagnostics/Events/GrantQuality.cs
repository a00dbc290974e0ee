namespace Plait.Diagnostics.Events;

/// <summary>What a hop's "granted" is worth (G2).</summary>
public enum GrantQuality
{
    /// <summary>It grants once its connection stands.</summary>
    Proven,

    /// <summary>It grants before its connection stands: a failure may still come behind the grant (S27).</summary>
    Early,

    /// <summary>It grants at once and dials only when payload flows (C5).</summary>
    Lazy,
}
