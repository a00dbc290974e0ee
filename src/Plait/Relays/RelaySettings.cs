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

    /// <summary>Who is told of what moves and ends.</summary>
    internal RelayObserver Observer { get; init; } = RelayObserver.None;
}
