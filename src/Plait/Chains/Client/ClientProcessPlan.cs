using Plait.Configuration;
using Plait.Diagnostics.Events;

namespace Plait.Chains.Client;

/// <summary>Why a process of a plugin line is apart from others of that line.</summary>
internal enum ClientProcessKind
{
    /// <summary>It serves all positions that need no process of their own.</summary>
    Shared,

    /// <summary>It dials the network itself.</summary>
    AtWire,

    /// <summary>Its transport ignores the target that it is given, and stands before the wire.</summary>
    Indirect,
}

/// <summary>What a client process is to do.</summary>
/// <param name="Line">The plugin line.</param>
/// <param name="Kind">Why it is apart from others of its line.</param>
/// <param name="Choice">Which joint the configuration wants. At the wire alone, a shim means that it dials the network itself.</param>
/// <param name="Positions">The places it fills. At least one.</param>
/// <param name="StateGroups">
/// The positions that share a state directory: one group, or the inner positions and then those at the wire if these may need a process
/// of their own.
/// </param>
internal sealed record ClientProcessPlan(
    PluginLine Line,
    ClientProcessKind Kind,
    ClientJointChoice Choice,
    IReadOnlyList<ClientPosition> Positions,
    IReadOnlyList<IReadOnlyList<Position>> StateGroups);
