namespace Plait.Relays;

/// <summary>What a relay knows of the connection that it is a part of.</summary>
internal sealed record RelaySettings
{
    /// <summary>How long a side may be silent once the connection is ending.</summary>
    internal required TimeSpan LingerTimeout { get; init; }

    /// <summary>What a relay between sockets borrows its pipes from.</summary>
    internal required PipePool Pipes { get; init; }

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Fires when another part of the same chain connection has ended.</summary>
    internal CancellationToken Ending { get; init; }

    /// <summary>
    /// The first-byte gate: how long the second side's bytes are held back until the first side has delivered some; null
    /// for no gate.
    /// </summary>
    internal TimeSpan? FirstByteHold { get; init; }

    /// <summary>Receives what moves and what ends.</summary>
    internal RelayObserver Observer { get; init; } = RelayObserver.None;
}
