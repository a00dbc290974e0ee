using System.Text;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;

namespace Plait.Processes;

/// <summary>Where a plugin line's program is, or why it cannot be started.</summary>
/// <param name="Path">The file to execute, or null.</param>
/// <param name="What">The problem, for a person; null if there is none.</param>
/// <param name="Advice">What to do about it; null if there is no problem.</param>
/// <param name="Cause">The kind of problem.</param>
[ProgramSeam]
internal readonly record struct ProgramFile(string? Path, string? What, string? Advice, FailureCause Cause = FailureCause.ProgramMissing)
{
    private const string Missing = "install the program, or correct its path in the plaitrc";

    /// <summary>The problem and what to do, as one sentence without its full stop; null if there is no problem.</summary>
    internal string? Problem => What is null ? null : $"{What}; {Advice}";

    /// <summary>
    /// Finds <paramref name="program"/>: a path as it is, a bare name along PATH (fog's lines say just <c>obfsproxy</c>;
    /// tor itself never searches, N11).
    /// </summary>
    internal static ProgramFile Find(string program) => Find(program, OwnEnvironment.Value("PATH") ?? "");

    /// <summary>Finds the program of a plugin line, or its library.</summary>
    internal static ProgramFile Find(PluginLine line) => line.Library is null ? Find(line.Program) : LibraryFile.Find(line.Program);

    /// <inheritdoc cref="Find(string)"/>
    /// <param name="program">As written.</param>
    /// <param name="folders">The value of PATH. A folder that is not UTF-8 is skipped.</param>
    internal static ProgramFile Find(string program, string folders)
    {
        if (WrittenPath.Find(program) is { } slip)
        {
            return new(null, slip.What, slip.Advice);
        }

        if (program.Contains('/', StringComparison.Ordinal) || OperatingSystem.IsWindows())
        {
            return SystemText.PathProblem(program, "the program") is { } problem
                ? Split(problem)
                : Check(System.IO.Path.GetFullPath(program), program);
        }

        string? found = folders.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => SystemText.PathProblem(folder, "the folder") is null)
            .Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        return found is null
            ? new(null, $"there is no program '{program}' on the PATH", "install it, or write its full path in the plaitrc")
            : Check(found, program);
    }

    /// <summary>The file to execute.</summary>
    /// <exception cref="LaunchException">It cannot be started.</exception>
    internal string Require() => Path ?? throw new LaunchException(new ProcessDown(ChainStage.Launch, Cause, SafeText.Own(What!))
    {
        Advice = SafeText.Own(Advice!),
    });

    private static ProgramFile Split(string problem)
    {
        string[] parts = problem.Split("; ", 2);
        return new(null, parts[0], parts[1]);
    }

    private static ProgramFile Check(string path, string written)
    {
        PollerThread.AssertNot();
        if (Directory.Exists(path))
        {
            return new(null, $"'{written}' is a directory, not a program", "write the path of the program in it");
        }

        if (!File.Exists(path))
        {
            return FileRights.ClosedFolderAbove(path) is { } closed
                ? Forbidden($"the user {FileRights.OwnUser} may not enter {closed}, where '{written}' is looked for", "install the program in a folder that all users may enter, such as /usr/local/bin")
                : System.IO.Path.IsPathFullyQualified(written) ? new(null, $"there is no file '{written}'", Missing)
                : new(null, $"there is no file '{written}' in {Environment.CurrentDirectory}, the current directory", "write the full path of the program in the plaitrc");
        }

        const UnixFileMode executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & executable) == 0)
        {
            return Forbidden($"'{written}' is not executable", $"make it so: chmod +x {path}");
        }

        if (FileRights.IsOnNoExecute(path))
        {
            return Forbidden($"'{written}' is on a disk that is mounted with noexec, where nothing may be executed", "install the program on another disk, such as in /usr/local/bin");
        }

        if (FileRights.AreLacking(path, FileRights.Execute))
        {
            return Forbidden($"the user {FileRights.OwnUser} may not execute '{written}'", $"let all users do so: chmod a+rx {path}");
        }

        return InterpreterOf(path) is { } interpreter && !File.Exists(interpreter)
            ? new(null, $"the script '{written}' begins with #!{interpreter}, and there is no such program", $"install {interpreter}, or correct the first line of the script")
            : new(path, null, null);
    }

    private static ProgramFile Forbidden(string what, string advice) => new(null, what, advice, FailureCause.NotPermitted);

    /// <summary>The program that a script names in its first line (execve(2)); null if it names none, or cannot be read.</summary>
    private static string? InterpreterOf(string path)
    {
        const int longest = 255; // BINPRM_BUF_SIZE of Linux, without the end
        try
        {
            Span<byte> head = stackalloc byte[longest];
            using var file = File.OpenHandle(path);
            string first = Encoding.UTF8.GetString(head[..RandomAccess.Read(file, head, 0)]).Split('\n')[0];
            return first.StartsWith("#!", StringComparison.Ordinal) && first[2..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var name, ..]
                ? name
                : null;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }
}
