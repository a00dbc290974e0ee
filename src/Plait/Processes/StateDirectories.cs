using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Storage;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Which state directory belongs to which child. A child's directory is its identity: it holds obfs4's key, hence its cert, and every bridge
/// line that was handed out depends on that (E12). So a child keeps its directory across restarts and
/// across edits of the plaitrc.
/// </summary>
/// <remarks>
/// A file remembers for each position of each chain the directory that its process used. A process takes the directory
/// that most of its positions used last; else, if it has none (a renamed alias), one that served the same transports and
/// that no other process takes; else a new one. Where one process became two (options that now differ by position, a program
/// without Extended ORPort, a transport at the wire that listens itself from now on), each goes on with the identity it had: a new
/// directory begins as a copy of the whole old one. Copies share the identity and not what is learned later, such as a filter of replays.
/// Positions that left the configuration stay remembered.
/// </remarks>
[ProgramSeam]
internal sealed class StateDirectories
{
    /// <summary>What the names of files with a bridge line end in, after the name of the chain. obfs4proxy's is such a name (O4-7).</summary>
    internal const string BridgeLineSuffix = "_bridgeline.txt";

    private const string RegisterName = "directories";

    private readonly string _root;
    private readonly string _role;
    private readonly ILogger _logger;
    private readonly Dictionary<Position, string> _remembered = [];
    private bool _changed;

    private StateDirectories(string root, PtRole role, ILogger logger)
    {
        (_root, _role, _logger) = (root, WordOf(role), logger);
    }

    /// <summary>The directory under which everything is kept.</summary>
    internal string Root => _root;

    /// <summary>The positions that the register names.</summary>
    internal IReadOnlyCollection<Position> Remembered => _remembered.Keys;

    /// <summary>What is ours below tor's state location. Every PT of a tor has the same location (E11).</summary>
    internal static string HomeOf(string stateLocation) => Path.Combine(stateLocation, "plait");

    /// <summary>A folder of our own in it for each configuration file.</summary>
    internal static string RootOf(string stateLocation, string configurationName) =>
        Path.Combine(HomeOf(stateLocation), configurationName);

    /// <summary>What the names of a role's files begin with.</summary>
    internal static string WordOf(PtRole role) => role == PtRole.Client ? "client" : "server";

    /// <summary>Whether a folder has a register of a role.</summary>
    internal static bool HasRegister(string root, PtRole role) => Path.Exists(RegisterOf(root, WordOf(role)));

    /// <summary>Whether a file is a register.</summary>
    internal static bool IsRegister(string path) => path.EndsWith("." + RegisterName, StringComparison.Ordinal);

    /// <summary>Opens the register of one role. Makes nothing.</summary>
    /// <param name="root">Our folder, see <see cref="RootOf"/>.</param>
    /// <param name="role">Each role has its own register.</param>
    /// <param name="logger">Receives a warning if the register cannot be written.</param>
    /// <exception cref="IOException">The register cannot be read: without it, each child would get a new identity.</exception>
    /// <exception cref="UnauthorizedAccessException">The register may not be read.</exception>
    internal static StateDirectories Open(string root, PtRole role, ILogger logger)
    {
        var directories = new StateDirectories(root, role, logger);
        directories.Load();
        return directories;
    }

    /// <summary>
    /// Chooses a directory for each of the processes, makes it with mode 0700 where that is possible, and remembers the choice.
    /// </summary>
    /// <param name="processes">For each process the positions it serves.</param>
    /// <returns>The directories, in the order of <paramref name="processes"/>.</returns>
    internal IReadOnlyList<StateFolder> Assign(IReadOnlyList<IReadOnlyList<Position>> processes)
    {
        string?[] chosen = new string?[processes.Count];
        Choose(chosen, processes, (served, entry) => served.Contains(entry));
        Choose(chosen, processes, (served, entry) => // not one whose own directory has gone to another: it begins as a copy of that
            !served.Any(_remembered.ContainsKey) && served.Any(position => position.Transport == entry.Transport));
        var folders = new List<StateFolder>();
        for (int i = 0; i < processes.Count; i++)
        {
            string? origin = null;
            if (chosen[i] is null)
            {
                chosen[i] = NewName(processes[i][0].Transport, chosen);
                origin = processes[i].Select(position => _remembered.GetValueOrDefault(position)).FirstOrDefault(used => used is not null);
            }

            StateFolder folder = Make(chosen[i]!, origin);
            folders.Add(folder);
            foreach (Position position in folder.CopyFailed ? [] : processes[i])
            {
                _changed |= _remembered.GetValueOrDefault(position) != chosen[i];
                _remembered[position] = chosen[i]!;
            }
        }

        if (_changed)
        {
            Save();
        }

        return folders;
    }

    /// <summary>A directory that cannot be made now is tried again when its child is started; until then that child alone fails.</summary>
    private StateFolder Make(string name, string? origin)
    {
        var folder = new StateFolder(Path.Combine(_root, name), origin is null ? null : Path.Combine(_root, origin));
        try
        {
            folder.Make();
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // Its child's start reports it.
        }

        return folder;
    }

    /// <summary>Gives each process without a directory the free one that most remembered entries speak for.</summary>
    private void Choose(
        string?[] chosen, IReadOnlyList<IReadOnlyList<Position>> processes, Func<IReadOnlyList<Position>, Position, bool> speaksFor)
    {
        var votes = new Dictionary<Claim, int>();
        for (int process = 0; process < processes.Count; process++)
        {
            foreach ((Position position, string directory) in _remembered)
            {
                if (chosen[process] is null && speaksFor(processes[process], position))
                {
                    var claim = new Claim(process, directory);
                    votes[claim] = votes.GetValueOrDefault(claim) + 1;
                }
            }
        }

        List<Claim> claims = [.. votes.Keys];
        claims.Sort((one, other) => (votes[other], one.Process).CompareTo((votes[one], other.Process)) is not 0 and var order
            ? order
            : string.CompareOrdinal(one.Directory, other.Directory));
        foreach ((int process, string directory) in claims)
        {
            if (chosen[process] is null && !chosen.Contains(directory))
            {
                chosen[process] = directory;
            }
        }
    }

    private sealed record Claim(int Process, string Directory);

    private string NewName(string transport, string?[] taken)
    {
        for (int number = 1; ; number++)
        {
            string name = number == 1 ? $"{_role}-{transport}" : $"{_role}-{transport}-{number}";
            if (!taken.Contains(name) && !_remembered.ContainsValue(name))
            {
                return name;
            }
        }
    }

    // Our files have a dot in their names, which no transport's name, and so no directory of ours, can have (N1).
    // One line a position: CHAIN HOP TRANSPORT DIRECTORY. None of them can hold a blank (N1).
    private string RegisterPath => RegisterOf(_root, _role);

    private static string RegisterOf(string root, string role) => Path.Combine(root, $"{role}.{RegisterName}");

    private void Load()
    {
        PollerThread.AssertNot();
        if (Directory.Exists(RegisterPath))
        {
            throw new IOException($"{RegisterPath} is a directory, and a file is needed there");
        }

        foreach (string line in StateFile.ReadLines(RegisterPath))
        {
            // A line that was edited into something else names nothing that we could use.
            if (line.Split(' ') is [var chain, var hop, var transport, var directory] &&
                int.TryParse(hop, out int index) && IsOfOurs(directory))
            {
                _remembered[new(chain, index, transport)] = directory;
            }
        }
    }

    /// <summary>A name that we may have given, and that cannot lead out of our folder.</summary>
    private bool IsOfOurs(string directory) =>
        directory.StartsWith($"{_role}-", StringComparison.Ordinal) && directory.IndexOfAny(['/', '\\']) < 0;

    private void Save()
    {
        try
        {
            StateFile.Replace(RegisterPath, _remembered
                .OrderBy(entry => entry.Key.Chain, StringComparer.Ordinal).ThenBy(entry => entry.Key.Hop)
                .Select(entry => $"{entry.Key.Chain} {entry.Key.Hop} {entry.Key.Transport} {entry.Value}"));
            _changed = false;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            ProcessLog.StateNotKept(_logger, $"which state directory is whose", SafeText.Own(e.Message));
        }
    }

    /// <summary>Makes a directory that no other user can read (E10).</summary>
    internal static void CreatePrivate(string path)
    {
        PollerThread.AssertNot();
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            // The mode is given to the last folder only, and tor leaves it to us to make the state location (E10).
            if (Path.GetDirectoryName(path) is { Length: > 0 } parent && !Directory.Exists(parent))
            {
                CreatePrivate(parent);
            }

            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
