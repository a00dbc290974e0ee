namespace Plait.SystemTests.Packaging;

/// <summary>The package as a file.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task Lintian_PrintsNothing() =>
        Assert.Empty(await Tool.RunAsync("lintian", ["--allow-root", "--fail-on", "none", await DebianPackage.CurrentAsync()]));

    [Fact]
    public async Task Build_Twice_SameBytes()
    {
        byte[] first = await File.ReadAllBytesAsync(await DebianPackage.CurrentAsync());
        byte[] again = await File.ReadAllBytesAsync(await DebianPackage.BuildAsync("again"));

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
    public async Task Control_RecommendsTheProgramsOfTheReadme()
    {
        string recommends = Assert.Single(await Tool.RunAsync("dpkg-deb", ["-f", await DebianPackage.CurrentAsync(), "Recommends"]));

        Assert.Equal("obfs4proxy | lyrebird, tor", recommends);
    }
}
