using Plait.Cli.Managed;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>A plugin line of a torrc.</summary>
/// <param name="At">The line.</param>
/// <param name="Role">The side.</param>
/// <param name="Names">The transports that tor asks for, without those that are no names.</param>
/// <param name="Command">The program and its arguments if it is Plait; null for another.</param>
/// <param name="File">What <c>-f</c> says, or null.</param>
/// <param name="IsSound">Whether tor and Plait understand the whole line.</param>
internal sealed record TorrcPlugin(
    SourceLine At, PtRole Role, IReadOnlyList<string> Names, IReadOnlyList<string>? Command, string? File, bool IsSound)
{
    private const string Exec = "exec";

    /// <summary>Programs that run the program that stands among their arguments.</summary>
    private static readonly HashSet<string> s_wrappers =
    [
        "aa-exec", "bwrap", "chrt", "doas", "env", "firejail", "ionice", "nice", "nohup", "prlimit", "setpriv", "stdbuf", "strace", "sudo", "taskset",
        "timeout", "unshare",
    ];

    internal bool IsOurs => Command is not null;

    /// <summary>Reads a line, and says what tor would make of it that was not meant.</summary>
    /// <returns>The line, or null if it is no plugin line.</returns>
    internal static TorrcPlugin? Read(TorrcOption option, List<Finding> findings)
    {
        PtRole? role = option.Line.Is("ClientTransportPlugin") ? PtRole.Client : option.Line.Is("ServerTransportPlugin") ? PtRole.Server : null;
        if (role is not { } side)
        {
            return null;
        }

        string[] words = [.. option.Line.Words];
        int exec = Array.FindIndex(words, IsExec);
        int started = exec + 1; // without exec, a path of Plait's is still meant for the program
        int program = exec < 0 || (started < words.Length && s_wrappers.Contains(Path.GetFileName(words[started])))
            ? Array.FindIndex(words, Math.Min(started + 1, words.Length), IsPlait)
            : started < words.Length && IsPlait(words[started]) ? started : -1;
        if (program < 0)
        {
            return words is [var others, ..] ? new(option.At, side, others.Split(','), null, null, IsSound: true) : null;
        }

        string[] written = [.. words[..(exec < 0 ? program : exec)].SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        var plugin = new TorrcPlugin(
            option.At, side, [.. written.Where(name => TransportName.IsValid(name))], words[program..], ManagedArguments.Parse(words[(program + 1)..]).File, option.Line.Fault == TorrcFault.None);
        string keyword = $"{side}TransportPlugin";
        if (exec != 1 || words[exec] != Exec)
        {
            findings.Add(Finding.Problem(
                option.At, exec == 1
                    ? $"{keyword}: tor takes {Exec} in lower case only, and does not start with this line"
                    : $"{keyword}: tor wants one list of names and then {Exec}, and does not start with this line",
                $"Write {keyword} NAME[,NAME...] {Exec} PATH [-f PLAITRC], with no blank between the names."));
            return plugin with { IsSound = false };
        }

        if (program > started)
        {
            string wrapper = Path.GetFileName(words[started]);
            findings.Add(Finding.Note(
                option.At, $"{keyword}: tor starts {wrapper}, and {wrapper} starts Plait", "It must pass on its environment and its stdin, or Plait does not see tor."));
        }

        foreach (string name in written.Where(name => !TransportName.IsValid(name)))
        {
            findings.Add(Finding.Problem(
                option.At, name == "*" ? $"{keyword}: tor does not take * for a name" : $"{keyword}: {QuotedName.Name(name)} is not a name that tor takes",
                NameList.Identifier));
        }

        return plugin.IsSound ? plugin with { IsSound = plugin.Review(keyword, findings) } : plugin;
    }

    /// <returns>Whether Plait can be started with these words.</returns>
    private bool Review(string keyword, List<Finding> findings)
    {
        string[] arguments = [.. Command!.Skip(1)];
        bool literal = ReviewPath("the path of the program", Command![0], findings) | (File is not null && ReviewPath("the path after -f", File, findings));
        if (ManagedArguments.Parse(arguments).Error is { } error)
        {
            findings.Add(Finding.Problem(At, $"{keyword}: {error}", ""));
            return false;
        }

        if (!literal && ProgramFile.Find(Command[0]) is { What: { } what, Advice: var advice })
        {
            findings.Add(Finding.Problem(At, $"{keyword}: {what}", Finding.Sentence(advice!)));
        }

        if (File is null)
        {
            findings.Add(Finding.Note(
                At, $"{keyword}: without -f the plaitrc is the first that exists of {string.Join(" and ", ConfigurationFile.UsualPlaces)}, with the home of tor's user in place of yours",
                "Add -f and the full path of the plaitrc."));
        }

        return !literal;
    }

    /// <summary>tor passes every word on as it stands (N10, N11).</summary>
    /// <returns>Whether something was found.</returns>
    private bool ReviewPath(string what, string path, List<Finding> findings)
    {
        (string What, string Instead)? finding =
            path.AsSpan().ContainsAny('"', '\'') ? ($"{what} has a quote, and tor takes quotes for a part of it", "Remove the quotes. tor cannot take a path with a blank: make a link without one.")
            : path.StartsWith('~') || path.Contains('$', StringComparison.Ordinal) ? ($"{what} has ~ or $, and tor expands neither", "Write the full path.")
            : !Path.IsPathFullyQualified(path) ? ($"{what} is not a full path, and tor searches from a folder of its own", "Write the full path.")
            : null;
        if (finding is var (found, instead))
        {
            findings.Add(Finding.Problem(At, found, instead));
        }

        return finding is not null;
    }

    private static bool IsExec(string word) => word.Equals(Exec, StringComparison.OrdinalIgnoreCase);

    private static bool IsPlait(string word) => Path.GetFileName(word.Trim('"', '\'')) is "plait";
}
