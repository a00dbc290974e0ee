using Plait.Diagnostics;
using Plait.Native;

namespace Plait.Processes;

/// <summary>Where a plugin line's program is, or why it cannot be started.</summary>
/// <param name="Path">The file to execute, or null.</param>
/// <param name="Problem">A sentence for a person, or null.</param>
/// <param name="Cause">What kind of problem it is.</param>
internal readonly record struct ProgramFile(string? Path, string? Problem, FailureCause Cause = FailureCause.ProgramMissing)
{
    /// <summary>
    /// Finds <paramref name="program"/>: a path as it is, a bare name along PATH (fog's lines say just <c>obfsproxy</c>;
    /// tor itself never searches, N11).
    /// </summary>
    internal static ProgramFile Find(string program) => Find(program, OwnEnvironment.Value("PATH") ?? "");

    /// <inheritdoc cref="Find(string)"/>
    /// <param name="program">As written.</param>
    /// <param name="folders">The value of PATH. A folder that is not UTF-8 is passed over.</param>
    internal static ProgramFile Find(string program, string folders)
    {
        if (program.Contains('/', StringComparison.Ordinal) || OperatingSystem.IsWindows())
        {
            return SystemText.PathProblem(program, "the program") is { } problem
                ? new(null, problem)
                : Check(System.IO.Path.GetFullPath(program), program);
        }

        string? found = folders.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => SystemText.PathProblem(folder, "the folder") is null)
            .Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        return found is null
            ? new(null, $"there is no program '{program}' on the PATH; install it, or write its full path")
            : Check(found, program);
    }

    private static ProgramFile Check(string path, string written)
    {
        if (Directory.Exists(path))
        {
            return new(null, $"'{written}' is a directory, not a program");
        }

        if (!File.Exists(path))
        {
            return new(null, $"there is no file '{written}'; install the program, or correct the path");
        }

        const UnixFileMode executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & executable) == 0
            ? new(null, $"'{written}' is not executable (chmod +x)", FailureCause.NotPermitted)
            : new(path, null);
    }
}
