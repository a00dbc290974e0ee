using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Packaging;

/// <summary>
/// A Debian system of its own, with tor, obfs4proxy and setcap: a copy of a root that debootstrap makes once and that stays in
/// artifacts. Disposing it removes the copy. It takes root.
/// </summary>
internal sealed class DebianRoot : IDisposable
{
    // In a mount namespace of its own, so that nothing stays mounted. exec: the process id is that of the command.
    private const string EnterScript =
        """mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@" """;

    // Debian's tools ask nothing, and find each other: sbin is not in everybody's PATH.
    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["DEBIAN_FRONTEND"] = "noninteractive",
        ["LC_ALL"] = "C.UTF-8",
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
    };

    private static readonly Lazy<Task<string>> s_base = new(MakeBaseAsync);

    private DebianRoot(string path) => Path = path;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Makes one without the package.</summary>
    public static async Task<DebianRoot> CreateAsync()
    {
        Require();
        Directory.CreateDirectory(DebianPackage.Folder);
        string path = System.IO.Path.Combine(DebianPackage.Folder, $"root-{Guid.NewGuid():N}");
        await Tool.RunAsync("cp", ["-a", await s_base.Value, path]); // keeps owners and capabilities, which .NET would not
        return new(path);
    }

    /// <summary>Makes one with the package of the checkout.</summary>
    public static async Task<DebianRoot> WithPackageAsync()
    {
        DebianRoot root = await CreateAsync();
        try
        {
            await root.InstallAsync(await DebianPackage.CurrentAsync());
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    /// <summary>Starts a program in a root.</summary>
    /// <param name="root">The root.</param>
    /// <param name="command">The program, as the root names it, and its arguments.</param>
    /// <param name="onLine">Takes each line of stdout in place of <see cref="RunningProgram.Lines"/>.</param>
    public static RunningProgram Start(string root, string[] command, Action<RunningProgram, string>? onLine = null) => RunningProgram.Start(
        Programs.Require("unshare"), ["--mount", "--propagation", "private", "sh", "-c", EnterScript, root, .. command], s_environment, onLine);

    /// <summary>Path of a file in it, as seen from outside.</summary>
    /// <param name="inside">Its absolute path as the root names it.</param>
    public string At(string inside) => Path + inside;

    /// <summary>Runs a program to its end.</summary>
    public async Task<ProgramResult> TryAsync(params string[] command)
    {
        await using RunningProgram run = Start(Path, command);
        return await Tool.EndAsync(run);
    }

    /// <summary>Runs a program, and fails the test if the program fails.</summary>
    /// <returns>What it wrote to stdout.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(params string[] command)
    {
        ProgramResult result = await TryAsync(command);
        Assert.True(
            result.Code == 0, $"{string.Join(' ', command)}: exit code {result.Code}\n{string.Join('\n', result.Output.Concat(result.Errors))}");
        return result.Output;
    }

    /// <summary>Installs a package, or upgrades to it, by dpkg, which asks no question about an edited file and waits for no disk.</summary>
    /// <param name="package">Its path outside.</param>
    public async Task InstallAsync(string package)
    {
        File.Copy(package, At("/tmp/plait.deb"), overwrite: true);
        await RunAsync("dpkg", "--force-unsafe-io", "--force-confdef", "--force-confold", "-i", "/tmp/plait.deb");
        File.Delete(At("/tmp/plait.deb"));
    }

    /// <summary>Every path in it except those of dpkg's own database and log, sorted.</summary>
    public async Task<IReadOnlyList<string>> FilesAsync() => await RunAsync(
        "sh", "-c", "find / -xdev -path /var/lib/dpkg -prune -o -path /proc -prune -o -path /dev -prune -o ! -path /var/log/dpkg.log -print | sort");

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static async Task<string> MakeBaseAsync()
    {
        string path = System.IO.Path.Combine(PlaitProgram.RepositoryRoot, "artifacts", "debian-root");
        await Tool.RunAsync(System.IO.Path.Combine(PlaitProgram.RepositoryRoot, "eng", "debian", "root"), [path]);
        return path;
    }

    private static void Require()
    {
        Programs.Require("unshare");
        Programs.Require("debootstrap");
        if (Environment.IsPrivilegedProcess)
        {
            return;
        }

        const string why = "only root can make a Debian root and enter it";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(why);
        }

        Assert.Skip(why);
    }
}
