using System.Globalization;
using Plait.Configuration;
using Plait.Hosting;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>What <c>plait check</c> found, for a person.</summary>
/// <param name="output">Gets what there is.</param>
/// <param name="errors">Gets what is wrong.</param>
internal sealed class CheckText(Screen output, Screen errors)
{
    internal void Print(CheckReport report)
    {
        foreach (PlaitrcReport plaitrc in report.Plaitrcs)
        {
            if (report.Plaitrcs.Count > 1)
            {
                output.Line($"{plaitrc.Path}:");
                output.Line();
            }

            Print(plaitrc);
        }

        Print(report.Torrc);
        Print(report.Bridges);
        foreach (Finding finding in report.Findings)
        {
            errors.Line(finding.IsProblem ? Colour.Red : Colour.Yellow, finding.IsProblem ? "problem:" : "note:", finding.ToString());
        }

        string summary = Summary(report);
        if (report.Problems == 0)
        {
            output.Line($"{summary}, no problems");
        }
        else
        {
            output.Line($"{summary}, {Count(report.Problems, "problem")}");
        }
    }

    private static string Summary(CheckReport report)
    {
        IEnumerable<string> files = report.Plaitrcs.Select(plaitrc => plaitrc.Path).Prepend(report.Torrc?.Path).OfType<string>();
        int started = report.Plaitrcs.Sum(plaitrc => plaitrc.Trials.Count);
        return $"{string.Join(" and ", files)}: {Count(report.Plaitrcs.Sum(plaitrc => plaitrc.Chains.Count), "chain")}"
            + (report.Bridges.Count > 0 ? $", {Count(report.Bridges.Count, "bridge line")}" : "")
            + (started > 0 ? $", {Count(started, "program")} started" : "");
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private void Print(PlaitrcReport plaitrc)
    {
        foreach (PtRole role in new[] { PtRole.Client, PtRole.Server })
        {
            PrintChains(role, [.. plaitrc.Shown.Where(chain => chain.Role == role)]);
        }

        if (plaitrc.Trials.Count > 0)
        {
            output.Line("programs:");
            int widest = plaitrc.Trials.Max(trial => NameOf(trial).Length);
            foreach (PluginTrial trial in plaitrc.Trials)
            {
                output.Row(
                    [6, widest, 8], WordOf(trial.Role), NameOf(trial),
                    string.Create(CultureInfo.InvariantCulture, $"{trial.Took.TotalMilliseconds:0} ms").PadLeft(8), OutcomeOf(trial));
            }

            output.Line();
        }
    }

    /// <summary>Chains of one hop that others have too are named alone: what they are stands there already.</summary>
    private void PrintChains(PtRole role, List<RoleChain> chains)
    {
        List<RoleChain> told = chains.FindAll(chain => chain.Chain.Hops.Count > 1
            || !chains.Exists(other => other.Chain.Hops.Count > 1 && other.Chain.Hops.Contains(chain.Chain.Hops[0])));
        told.ForEach(Print);
        string[] others = [.. chains.Except(told).Select(chain => chain.Chain.Alias)];
        if (others.Length > 0)
        {
            output.Line($"{WordOf(role)}: tor can ask for {string.Join(", ", others)} alone too");
        }

        if (chains.Count > 0)
        {
            output.Line();
        }
    }

    private static string NameOf(PluginTrial trial) => Path.GetFileName(trial.Program);

    private static string OutcomeOf(PluginTrial trial) => trial.Down is not null ? "could not be started"
        : $"offers {string.Join(", ", trial.Offered)}"
            + (trial.Refused.Count > 0 ? $"; does not offer {string.Join(", ", trial.Refused.Keys)}" : "")
            + trial.TakesProxy switch
            {
                true => "; takes a proxy",
                false => "; takes no proxy",
                _ => "",
            };

    private void Print(RoleChain role)
    {
        ChainDefinition chain = role.Chain;
        output.Line(chain.ToString() == chain.Alias ? $"{WordOf(role.Role)}: {chain}" : $"{WordOf(role.Role)}: {chain.Alias} = {chain}");
        string[] names = [.. chain.Hops.Select(hop => hop.Name + (hop.Indirect ? " (indirect)" : ""))];
        string[] programs = [.. chain.Hops.Select(ProgramOf)];
        for (int index = 0; index < names.Length; index++)
        {
            output.Row(
                [1, names.Max(name => name.Length), programs.Max(program => program.Length)],
                index.ToString(CultureInfo.InvariantCulture), names[index], programs[index],
                JointWords.Of(role.Role, chain.Hops[index], wire: index == names.Length - 1));
        }
    }

    private void Print(TorrcReport? torrc)
    {
        if (torrc is null)
        {
            return;
        }

        output.Line($"{torrc.Path}, as tor reads it:");
        foreach (TorrcStep step in torrc.Steps)
        {
            output.Row([torrc.Steps.Max(other => other.At.ToString().Length)], step.At.ToString(), step.Does);
        }

        output.Line();
    }

    private void Print(IReadOnlyList<BridgeReport> bridges)
    {
        foreach (BridgeReport bridge in bridges)
        {
            output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{Finding.PlaceOf(bridge.At)}: {bridge.Transport ?? "no transport"}, {bridge.ArgumentLength} of {BridgeLine.MaxArgumentLength} bytes of arguments"));
            for (int index = 0; index < bridge.Hops.Count; index++)
            {
                BridgeHop hop = bridge.Hops[index];
                output.Row(
                    [1, bridge.Hops.Max(other => other.Transport.Length)], index.ToString(CultureInfo.InvariantCulture), hop.Transport,
                    hop.Keys.Count == 0 ? "gets no arguments" : $"gets {string.Join(", ", hop.Keys.Select(Shown))}");
            }

            output.Line();
        }
    }

    /// <summary>A key is no secret, but a value may stand where a key belongs.</summary>
    internal static string Shown(string key) => key.Length <= 40 && key.All(letter => letter is > ' ' and < '\x7F') ? key : "(a key that is not repeated here)";

    internal static string WordOf(PtRole role) => role == PtRole.Client ? "client" : "bridge";

    internal static string ProgramOf(TransportDeclaration hop) => hop.Source switch
    {
        { Line: { } line } => (ProgramFile.Find(line).Path ?? $"{line.Program}: missing") + (line.Library is { InProcess: true } ? " (in process)" : ""),
        TransportSource.Assembly assembly => $"{assembly.FullPath} (in process)",
        { IsPartOfPlait: true } => "in process",
        _ => "runs already",
    };
}
