using Plait.Wire.Arguments;

namespace Plait.Transports;

/// <summary>What the server side of a transport inside Plait is given for one place of a chain.</summary>
public sealed record ServerTransportContext
{
    /// <summary>The place's options: of tor's ServerTransportOptions and of the plaitrc. They may be secret (G5).</summary>
    public PtArguments Options { get; init; } = PtArguments.Empty;

    /// <summary>
    /// A directory of this place's own, with mode 0700. It stays the same across restarts and edits of the plaitrc, also
    /// if the place was or will be filled by a program (E12). Null for a transport that keeps no state.
    /// </summary>
    public string? StateDirectory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Neither options nor paths (G5).</summary>
    public override string ToString() => nameof(ServerTransportContext);
}
