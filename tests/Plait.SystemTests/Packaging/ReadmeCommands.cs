using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Packaging;

/// <summary>The commands that a bridge operator copies from the README's section "Debian".</summary>
internal static class ReadmeCommands
{
    // They need the network, a service manager or a kernel with AppArmor: tests do these in another way, or cannot.
    private static readonly string[] s_outside = ["eng/package", "apt ", "systemctl ", "journalctl ", "apparmor_parser "];

    /// <summary>All of them in order, without sudo.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. File.ReadLines(Path.Combine(PlaitProgram.RepositoryRoot, "README.md"))
            .SkipWhile(line => line != "## Debian").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal))
            .Select(line => line.Trim().Replace("sudo ", "", StringComparison.Ordinal)),
    ];

    /// <summary>Runs, in a root, those that a root without a service manager can run before tor is started.</summary>
    public static async Task RunAsync(DebianRoot root)
    {
        foreach (string command in All.TakeWhile(command => !command.StartsWith("systemctl restart", StringComparison.Ordinal)))
        {
            if (!s_outside.Any(outside => command.StartsWith(outside, StringComparison.Ordinal)))
            {
                await root.RunAsync("sh", "-c", command);
            }
        }
    }
}
