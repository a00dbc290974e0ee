namespace Plait.Relays;

/// <summary>How a turn of one direction ended.</summary>
internal enum Turn
{
    /// <summary>There is nothing to do before the next event.</summary>
    Waits,

    /// <summary>There is more to do, after the turns of other connections.</summary>
    GoesOn,

    /// <summary>All bytes are delivered, and so is the end.</summary>
    Done,

    /// <summary>The source was reset, or failed.</summary>
    SourceFailed,

    /// <summary>The destination was reset, or failed.</summary>
    DestinationFailed,
}
