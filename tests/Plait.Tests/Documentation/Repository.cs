namespace Plait.Tests.Documentation;

/// <summary>The files of the checkout, by their paths below its root.</summary>
internal static class Repository
{
    private const string RootMark = "Plait.slnx";

    // What git, editors and builds keep there.
    private static readonly string[] s_notOurs = [".git/", ".vs/", ".idea/", "artifacts/"];

    // What others wrote, and bytes for the fuzzer.
    private static readonly string[] s_notRead = ["docs/licences/", "tests/Plait.Fuzz/corpus/"];

    private static readonly Lazy<string> s_root = new(FindRoot);
    private static readonly Lazy<IReadOnlyList<string>> s_files = new(() => [.. FilesBelow("").Order(StringComparer.Ordinal)]);

    public static IReadOnlyList<string> Files => s_files.Value;

    /// <summary>The texts of this project.</summary>
    public static IEnumerable<string> Texts => Files.Where(file => !s_notRead.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)));

    /// <summary>The pages for people: README, CONTRIBUTING and docs.</summary>
    public static IEnumerable<string> Pages =>
        Texts.Where(file => file is "README.md" or "CONTRIBUTING.md" || (file.StartsWith("docs/", StringComparison.Ordinal) && IsPage(file)));

    public static string Read(string file) => File.ReadAllText(Path.Combine(s_root.Value, file));

    /// <summary>Whether a file or a folder stands at the path.</summary>
    public static bool Has(string path) => Path.Exists(Path.Combine(s_root.Value, path));

    /// <summary>Whether a folder anywhere has the name.</summary>
    public static bool HasFolder(string name) => Files.Any(file => file.Split('/')[..^1].Contains(name));

    private static bool IsPage(string file) => file.EndsWith(".md", StringComparison.Ordinal);

    private static IEnumerable<string> FilesBelow(string folder)
    {
        if (s_notOurs.Contains(folder))
        {
            return [];
        }

        var place = new DirectoryInfo(Path.Combine(s_root.Value, folder));
        return place.GetFiles().Select(file => folder + file.Name)
            .Concat(place.GetDirectories().SelectMany(each => FilesBelow($"{folder}{each.Name}/")));
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, RootMark)))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"no {RootMark} above {AppContext.BaseDirectory}");
    }
}
