using System.Diagnostics;

namespace Plait.Throughput.Contenders;

/// <summary>The programs that are measured.</summary>
internal static class Programs
{
    private const string RootMark = "Plait.slnx";

    // Debian's haproxy stands there; sbin is not in everybody's PATH.
    private static readonly string[] s_extraFolders = ["/usr/sbin", "/usr/local/sbin"];

    /// <summary>The folder that holds the solution.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>The published program.</summary>
    internal static string Plait { get; } = Path.Combine(Root, "artifacts", "plait", "plait");

    /// <summary>The path of a program of the system, or null.</summary>
    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(s_extraFolders)
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>The first line that holds <paramref name="word"/> of what the program says of itself.</summary>
    internal static async Task<string> VersionAsync(string program, string argument, string word)
    {
        var info = new ProcessStartInfo(program, argument) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return said.Split('\n')
            .FirstOrDefault(line => line.Contains(word, StringComparison.OrdinalIgnoreCase), "unknown").Trim();
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, RootMark)))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new InvalidOperationException($"There is no {RootMark} above {AppContext.BaseDirectory}.");
    }
}
