namespace Plait.Relays;

/// <summary>What a relay is told about the connection that it is a part of.</summary>
internal sealed record RelaySettings
{
    /// <summary>How long a side may be silent once the connection is ending.</summary>
    internal required TimeSpan LingerTimeout { get; init; }

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Fires when another part of the same chain connection has ended.</summary>
    internal CancellationToken Ending { get; init; }

    /// <summary>
    /// The first-byte gate: how long the second side's bytes are held back until the first side has delivered some; null
    /// for no gate.
    /// </summary>
    internal TimeSpan? FirstByteHold { get; init; }

    /// <summary>Told which side was the first to finish or to fail, before the other side can notice it.</summary>
    internal Action<RelaySide>? OnEndedFirst { get; init; }

    /// <summary>Called when the second side has failed and the first had not ended before, ahead of anything that the first can notice.</summary>
    internal Action? OnSecondFailed { get; init; }

    /// <summary>Told the number of bytes each time some went from the first side to the second.</summary>
    internal Action<int>? OnForward { get; init; }

    /// <summary>Told the number of bytes each time some went from the second side to the first.</summary>
    internal Action<int>? OnBackward { get; init; }
}
