using Plait.Diagnostics;

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
    internal static ProgramFile Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal) || OperatingSystem.IsWindows())
        {
            return Check(System.IO.Path.GetFullPath(program), program);
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        string? found = folders.Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);
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
