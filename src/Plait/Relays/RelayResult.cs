namespace Plait.Relays;

/// <summary>How a relay ended; the first reason counts, the rest are its consequences.</summary>
public enum RelayEnd
{
    /// <summary>Both sides finished writing and everything was delivered; or one side did, and closed its socket.</summary>
    Completed,

    /// <summary>The first side reset or failed.</summary>
    FirstFailed,

    /// <summary>The second side reset or failed.</summary>
    SecondFailed,

    /// <summary>One side had finished, and the other neither finished nor moved for too long.</summary>
    Lingered,

    /// <summary>The relay was told to stop.</summary>
    Canceled,
}

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
    /// Whose fault the end is: <see cref="End"/>, but <see cref="RelayEnd.Completed"/> where a side failed only behind the
    /// other's end. Transports answer an end by a reset when bytes are left over (S30), and that is no failure of theirs.
    /// </summary>
    public RelayEnd Fault => (End, EndedFirst) switch
    {
        (RelayEnd.SecondFailed, RelaySide.First) or (RelayEnd.FirstFailed, RelaySide.Second) => RelayEnd.Completed,
        _ => End,
    };
}
