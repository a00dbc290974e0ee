namespace Plait.Relays;

/// <summary>How a relay ended; the first reason counts, the rest are its consequences.</summary>
public enum RelayEnd
{
    /// <summary>Both sides finished writing, and everything was delivered.</summary>
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

/// <summary>What a relay moved, and how it ended.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Forward">Payload bytes from the first side that were written to the second.</param>
/// <param name="Backward">Payload bytes from the second side that were written to the first.</param>
public readonly record struct RelayResult(RelayEnd End, long Forward, long Backward);
