using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Packaging;

/// <summary>
/// Debian tor's own AppArmor profile with what the package and the README add to it, as the parser reads it. Nothing is loaded into
/// the kernel.
/// </summary>
public sealed class AppArmorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-apparmor-").FullName;

    [Fact]
    public async Task Profile_WithTheReadmesLine_CompilesWithAndWithoutOurFile()
    {
        await PrepareAsync();
        ProgramResult result = await ParseAsync("--preprocess");
        Assert.Equal(0, result.Code);
        Assert.Contains(result.Output, line => line.Trim().StartsWith("/usr/bin/plait ", StringComparison.Ordinal));
        Assert.Contains("capability net_bind_service,", result.Output.Select(line => line.Trim()));
        Assert.Equal(0, (await ParseAsync("--debug")).Code);

        string ours = Path.Combine(_folder, "abstractions", "plait");
        await File.AppendAllTextAsync(ours, "\n  capability fly,\n");
        Assert.NotEqual(0, (await ParseAsync("--debug")).Code); // it is read, and a wrong rule would be seen

        File.Delete(ours); // as a purge does
        Assert.Equal(0, (await ParseAsync("--debug")).Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The system's rules, which tor's profile includes; then tor's and ours, from a root where the README was followed.</summary>
    private async Task PrepareAsync()
    {
        Programs.Require("apparmor_parser");
        using DebianRoot root = await DebianRoot.WithPackageAsync();
        await ReadmeCommands.RunAsync(root);
        foreach (string folder in new[] { "/etc/apparmor.d", root.At("/etc/apparmor.d") })
        {
            await Tool.RunAsync("cp", ["-r", folder + "/.", _folder]);
        }
    }

    private async Task<ProgramResult> ParseAsync(string mode)
    {
        await using RunningProgram run = RunningProgram.Start(
            Programs.Require("apparmor_parser"),
            ["--skip-kernel-load", "--skip-cache", mode, "--base", _folder, Path.Combine(_folder, "system_tor")]);
        return await Tool.EndAsync(run);
    }
}
