using Plait.Wire.Hints;
using Plait.Wire.Socks;

namespace Plait.Diagnostics.Failures;

/// <summary>What is known of a failed connection besides stage and cause. <see cref="Advice"/> chooses its words by it.</summary>
internal sealed record Circumstances
{
    /// <summary>The connection came from the network; its reader runs a bridge. Else a client, whose reader uses one.</summary>
    internal bool OnBridge { get; init; }

    /// <summary>How many hops the chain has.</summary>
    internal int Hops { get; init; } = 1;

    /// <summary>The hop ignores the target that it is given.</summary>
    internal bool IsIndirect { get; init; }

    /// <summary>A program had been chosen to serve the hop.</summary>
    internal bool HasProgram { get; init; }

    /// <summary>The hop's program dialled its next hop for this connection; null if Plait cannot see that.</summary>
    internal bool? Dialled { get; init; }

    /// <summary>The other side of the hop's handshake has sent a byte; null if Plait cannot see that.</summary>
    internal bool? Answered { get; init; }

    /// <summary>The network ended the connection while the hop shook hands.</summary>
    internal bool NetworkEnded { get; init; }

    /// <summary>How long the hop's handshake took until it was given up, counted from when its next hop was established.</summary>
    internal TimeSpan Waited { get; init; }

    /// <summary>The hop's program's answer; null if there was none.</summary>
    internal SocksReplyCode? Reply { get; init; }

    /// <summary>What looks wrong in the arguments of the hop.</summary>
    internal IReadOnlyList<ArgumentFinding> Odd { get; init; } = [];

    /// <summary>Without its members: this is not meant for output.</summary>
    public override string ToString() => nameof(Circumstances);
}
