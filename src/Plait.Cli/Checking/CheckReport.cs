using Plait.Configuration;
using Plait.Hosting;

namespace Plait.Cli.Checking;

/// <summary>The result of <c>plait check</c>. <see cref="CheckText"/> and <see cref="CheckJson"/> are its two forms.</summary>
/// <param name="Plaitrcs">The plaitrcs that were read.</param>
/// <param name="Torrc">The torrc, if one was named.</param>
/// <param name="Bridges">Bridge lines, those of the torrc first.</param>
/// <param name="Findings">All problems, and what is worth knowing.</param>
internal sealed record CheckReport(
    IReadOnlyList<PlaitrcReport> Plaitrcs, TorrcReport? Torrc, IReadOnlyList<BridgeReport> Bridges, IReadOnlyList<Finding> Findings)
{
    internal int Problems => Findings.Count(finding => finding.IsProblem);
}

/// <summary>A plaitrc.</summary>
/// <param name="Path">The file.</param>
/// <param name="Chains">Its chains.</param>
/// <param name="Shown">The chains to print: those that tor asks for; all of them, unless only bridge lines were asked about.</param>
/// <param name="Trials">The outcome of each program's trial; empty without <c>--start</c>.</param>
internal sealed record PlaitrcReport(
    string Path, IReadOnlyList<RoleChain> Chains, IReadOnlyList<RoleChain> Shown, IReadOnlyList<PluginTrial> Trials);

/// <summary>A torrc.</summary>
/// <param name="Path">The file.</param>
/// <param name="Steps">What tor will do because of its lines.</param>
internal sealed record TorrcReport(string Path, IReadOnlyList<TorrcStep> Steps);

/// <summary>What tor will do because of one line.</summary>
/// <param name="At">The line.</param>
/// <param name="Does">A part of a sentence, after "tor".</param>
internal sealed record TorrcStep(SourceLine At, string Does);

/// <summary>A bridge line that could be read.</summary>
/// <param name="At">Its place.</param>
/// <param name="Transport">The transport or chain that it names, or null.</param>
/// <param name="ArgumentLength">Bytes of its arguments, of the 510 that tor carries.</param>
/// <param name="Hops">What each hop gets; empty if the chain is not known.</param>
internal sealed record BridgeReport(SourceLine At, string? Transport, int ArgumentLength, IReadOnlyList<BridgeHop> Hops);

/// <summary>What one hop gets of a bridge line.</summary>
/// <param name="Transport">The hop.</param>
/// <param name="Keys">The keys of its arguments, its own and those of a profile. Values are secrets (G5).</param>
internal sealed record BridgeHop(string Transport, IReadOnlyList<string> Keys);
