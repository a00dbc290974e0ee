using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>One use of a transport: its place in a chain.</summary>
/// <param name="Chain">The chain's alias.</param>
/// <param name="Hop">Index of the hop, 0 nearest to tor.</param>
/// <param name="Transport">The transport there.</param>
public sealed record Position(string Chain, int Hop, string Transport);

/// <summary>
/// Which state directory belongs to which child. A child's directory is its identity: obfs4's key and hence its cert, and
/// with them every bridge line that was handed out, live there (E12). So a child keeps its directory across restarts and
/// across edits of the plaitrc.
/// </summary>
/// <remarks>
/// A file remembers for each position of each chain the directory that its process used. A process takes the directory
/// that most of its positions used last; else, if it has none (a renamed alias), one that served the same transports and
/// that nobody else takes; else a new one. Where one process became two (options that now differ by position, a program
/// without Extended ORPort), both go on with the identity they had: the second one's new directory begins as a copy.
/// Positions that left the configuration stay remembered.
/// </remarks>
internal sealed class StateDirectories
{
    private const string RegisterName = "directories";
    private const int MaxRemembered = 4096; // far beyond any real configuration; keeps the file bounded (G6)

    private readonly string _root;
    private readonly string _role;
    private readonly Dictionary<Position, string> _remembered = [];
    private bool _changed;

    private StateDirectories(string root, PtRole role)
    {
        _root = root;
        _role = role == PtRole.Client ? "client" : "server";
    }

    /// <summary>The directory under which everything is kept.</summary>
    internal string Root => _root;

    /// <summary>What is ours below tor's state location.</summary>
    internal static string RootOf(string stateLocation, string configurationName) =>
        Path.Combine(stateLocation, "plait", configurationName);

    /// <summary>
    /// Opens the register of one role below tor's state location. Every PT of a tor has the same location (E11), so
    /// what is ours stands in a folder of our own, one for each configuration file.
    /// </summary>
    /// <exception cref="IOException">The place cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The place may not be written.</exception>
    internal static StateDirectories Open(string stateLocation, string configurationName, PtRole role)
    {
        string root = RootOf(stateLocation, configurationName);
        CreatePrivate(root);
        var directories = new StateDirectories(root, role);
        directories.Load();
        return directories;
    }

    /// <summary>
    /// Chooses a directory for each of the processes, creates it with mode 0700, and remembers the choice.
    /// </summary>
    /// <param name="processes">For each process the positions it serves.</param>
    /// <returns>Full paths, in the order of <paramref name="processes"/>.</returns>
    internal IReadOnlyList<string> Assign(IReadOnlyList<IReadOnlyList<Position>> processes)
    {
        string?[] chosen = new string?[processes.Count];
        Choose(chosen, processes, (served, entry) => served.Contains(entry));
        Choose(chosen, processes, (served, entry) => served.Any(position => position.Transport == entry.Transport));
        for (int i = 0; i < processes.Count; i++)
        {
            if (chosen[i] is null)
            {
                chosen[i] = NewName(processes[i][0].Transport, chosen);
                string? before = processes[i].Select(position => _remembered.GetValueOrDefault(position)).FirstOrDefault(used => used is not null);
                CreatePrivate(Path.Combine(_root, chosen[i]!));
                CopyFiles(before, chosen[i]!);
            }

            foreach (Position position in processes[i])
            {
                _changed |= _remembered.GetValueOrDefault(position) != chosen[i];
                _remembered[position] = chosen[i]!;
            }
        }

        if (_changed)
        {
            Save();
        }

        return [.. chosen.Select(name =>
        {
            string path = Path.Combine(_root, name!);
            CreatePrivate(path);
            return path;
        })];
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

    private void CopyFiles(string? before, string after)
    {
        string from = Path.Combine(_root, before ?? after);
        if (before is null || !Directory.Exists(from))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_root, after, Path.GetRelativePath(from, file));
            CreatePrivate(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true); // keeps the mode
        }
    }

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
    private string RegisterPath => Path.Combine(_root, $"{_role}.{RegisterName}");

    private void Load()
    {
        if (!File.Exists(RegisterPath))
        {
            return;
        }

        foreach (string line in File.ReadLines(RegisterPath).Take(MaxRemembered))
        {
            // A line that somebody edited into something else names nothing that we could use.
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
        string temporary = RegisterPath + ".new";
        File.WriteAllLines(temporary, _remembered
            .OrderBy(entry => entry.Key.Chain, StringComparer.Ordinal).ThenBy(entry => entry.Key.Hop)
            .Select(entry => $"{entry.Key.Chain} {entry.Key.Hop} {entry.Key.Transport} {entry.Value}"));
        File.Move(temporary, RegisterPath, overwrite: true);
    }

    /// <summary>Makes a directory that is nobody else's to read (E10).</summary>
    internal static void CreatePrivate(string path)
    {
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
