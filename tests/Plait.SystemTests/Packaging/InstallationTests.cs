using Plait.SystemTests.Program;

namespace Plait.SystemTests.Packaging;

/// <summary>The package in a Debian system: installed, upgraded, removed, purged.</summary>
public sealed class InstallationTests(ITestOutputHelper output)
{
    private const string Plaitrc = "/etc/plait/plaitrc";

    [Fact]
    public async Task Package_InstalledUpgradedRemovedPurged_LeavesNothing()
    {
        using DebianRoot root = await DebianRoot.CreateAsync();
        IReadOnlyList<string> before = await root.FilesAsync();

        await root.InstallAsync(await DebianPackage.CurrentAsync());
        ProgramResult empty = await root.TryAsync("plait", "check");
        Assert.Equal($"{Plaitrc}: 0 chains, 1 problem", Assert.Single(empty.Output));
        Assert.StartsWith("problem: plaitrc:1: the file declares no transport and no chain. ", Assert.Single(empty.Errors));
        Assert.Equal(1, empty.Code);

        const string edited = "ClientTransportPlugin obfs3,obfs4 exec /usr/bin/obfs4proxy\n";
        await File.WriteAllTextAsync(root.At(Plaitrc), edited);
        await root.InstallAsync(await DebianPackage.NextAsync());
        Assert.Equal(DebianPackage.NextVersion, Assert.Single(await root.RunAsync("dpkg-query", "-W", "-f", "${Version}\n", "plait")));
        Assert.Equal(edited, await File.ReadAllTextAsync(root.At(Plaitrc)));
        Assert.Contains($"{Plaitrc}: 2 chains, no problems", await root.RunAsync("plait", "check"));

        await root.RunAsync("dpkg", "--remove", "plait");
        IReadOnlyList<string> removed = await root.FilesAsync();
        Assert.Equal(
            ["/etc/apparmor.d/abstractions/plait", "/etc/plait", Plaitrc], removed.Except(before).Order(StringComparer.Ordinal));
        Assert.Equal(edited, await File.ReadAllTextAsync(root.At(Plaitrc)));

        await root.RunAsync("dpkg", "--purge", "plait");
        Assert.Equal(before, await root.FilesAsync());
        output.WriteLine($"installed, upgraded to {DebianPackage.NextVersion}, removed ({removed.Except(before).Count()} paths kept), purged (none)");
    }

    [Fact]
    public async Task Demo_InTheRoot_MovesDataThroughObfs4proxy()
    {
        using DebianRoot root = await DebianRoot.WithPackageAsync();

        IReadOnlyList<string> lines = await root.RunAsync("plait", "demo", "--chain", "obfs3|obfs4");

        Assert.StartsWith("obfs3|obfs4: 16 MiB out, 16 MiB in, every byte as sent;", lines[^1]);
    }
}
