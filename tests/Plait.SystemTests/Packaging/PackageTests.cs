using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Packaging;

/// <summary>The package as a file.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task Lintian_OfThePackage_PrintsNothing() =>
        Assert.Empty(await Tool.RunAsync("lintian", ["--allow-root", "--fail-on", "none", await DebianPackage.CurrentAsync()]));

    [Fact]
    public async Task Build_WithAnotherLocaleZoneAndMask_SameBytes()
    {
        byte[] first = await File.ReadAllBytesAsync(await DebianPackage.CurrentAsync());

        string output = Path.Combine(DebianPackage.Folder, "again");
        IReadOnlyList<string> said = await Tool.RunAsync(
            "sh",
            ["-c", """umask 077; exec "$0" "$@" """, Path.Combine(PlaitProgram.RepositoryRoot, "eng", "package"), "--output", output],
            new Dictionary<string, string?> { ["TZ"] = "Asia/Tokyo", ["LC_ALL"] = "C" });

        byte[] again = await File.ReadAllBytesAsync(said[^1]);
        Assert.True(first.AsSpan().SequenceEqual(again), "two builds of one commit differ");
    }

    [Fact]
    public async Task Contents_HoldNoDebugSymbols_AndAllBelongsToRoot()
    {
        IReadOnlyList<string> lines = await Tool.RunAsync("dpkg-deb", ["-c", await DebianPackage.CurrentAsync()]);

        Assert.Contains(lines, line => line.StartsWith("-rwxr-xr-x root/root", StringComparison.Ordinal) && line.EndsWith(" ./usr/bin/plait", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(".dbg", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Contains(" root/root ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Control_Recommends_NamesTheProgramsOfTheReadme()
    {
        string recommends = Assert.Single(await Tool.RunAsync("dpkg-deb", ["-f", await DebianPackage.CurrentAsync(), "Recommends"]));

        Assert.Equal("obfs4proxy | lyrebird, tor", recommends);
    }
}
