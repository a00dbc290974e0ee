using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Packaging;

/// <summary>The packages that <c>eng/package</c> builds from the published program.</summary>
internal static class DebianPackage
{
    /// <summary>A version above the checkout's, for upgrades.</summary>
    public const string NextVersion = "9.9.9";

    private static readonly Lazy<Task<string>> s_current = new(() => BuildAsync("current"));
    private static readonly Lazy<Task<string>> s_next = new(() => BuildAsync("next", "--version", NextVersion));

    /// <summary>Folder of what these tests make.</summary>
    public static string Folder => Path.Combine(PlaitProgram.RepositoryRoot, "artifacts", "packaging");

    /// <summary>Path of the package of the checkout's version. Built once.</summary>
    public static Task<string> CurrentAsync() => RequiredAsync(s_current);

    /// <summary>Path of the same with <see cref="NextVersion"/>. Built once.</summary>
    public static Task<string> NextAsync() => RequiredAsync(s_next);

    /// <summary>Builds the package into a folder of its own.</summary>
    /// <returns>Its path.</returns>
    public static async Task<string> BuildAsync(string folder, params string[] arguments)
    {
        string output = Path.Combine(Folder, folder);
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }

        _ = PlaitProgram.Path;
        IReadOnlyList<string> said = await Tool.RunAsync(
            Path.Combine(PlaitProgram.RepositoryRoot, "eng", "package"), ["--output", output, .. arguments]);
        return said[^1];
    }

    /// <summary>Unpacks the checkout's package into a new folder.</summary>
    public static async Task<string> UnpackAsync()
    {
        string folder = Directory.CreateTempSubdirectory("plait-package-").FullName;
        await Tool.RunAsync("dpkg-deb", ["-x", await CurrentAsync(), folder]);
        return folder;
    }

    // Asked for in each test, so that each is skipped with the reason.
    private static Task<string> RequiredAsync(Lazy<Task<string>> package)
    {
        Programs.Require("dpkg-gencontrol");
        Programs.Require("lowdown");
        return package.Value;
    }
}
