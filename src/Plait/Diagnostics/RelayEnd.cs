namespace Plait.Diagnostics;

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
