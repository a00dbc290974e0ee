using Plait.Diagnostics;

namespace Plait.Relays;

/// <summary>One of a relay's two connections.</summary>
public enum RelaySide : byte
{
    /// <summary>The first.</summary>
    First,

    /// <summary>The second.</summary>
    Second,
}

/// <summary>What a relay moved, and how it ended.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Forward">Payload bytes from the first side that were written to the second.</param>
/// <param name="Backward">Payload bytes from the second side that were written to the first.</param>
public readonly record struct RelayResult(RelayEnd End, long Forward, long Backward)
{
    /// <summary>The side that finished or failed before the other did; null if neither had.</summary>
    public RelaySide? EndedFirst { get; init; }

    /// <summary>
    /// Whose fault the end is: <see cref="End"/>, but <see cref="RelayEnd.Completed"/> where a side failed only after the
    /// other's end. Transports answer an end by a reset when bytes are left over (S30), and that is no failure of theirs.
    /// </summary>
    public RelayEnd Fault => (End, EndedFirst) switch
    {
        (RelayEnd.SecondFailed, RelaySide.First) or (RelayEnd.FirstFailed, RelaySide.Second) => RelayEnd.Completed,
        _ => End,
    };
}
