using System.Collections.Concurrent;

namespace Plait.SystemTests.Doubles;

/// <summary>The published program, as a torrc names it.</summary>
internal static class PlaitProgram
{
    private const string RootMark = "Plait.slnx";

    private static readonly ConcurrentDictionary<string, bool> s_copies = new();

    /// <summary>artifacts/plait/plait of this repository. Fails the test if it has not been published.</summary>
    public static string Path
    {
        get
        {
            string path = Location;
            Assert.True(File.Exists(path), $"there is no {path}: run eng/publish (or ./test)");
            return path;
        }
    }

    /// <summary>Where it is once it has been published.</summary>
    public static string Location => System.IO.Path.Combine(RepositoryRoot, "artifacts", "plait", "plait");

    /// <summary>Whether a path names the published program, or a copy of it.</summary>
    public static bool Is(string path) => path == Location || s_copies.ContainsKey(path);

    /// <summary>Copies the published program, with what belongs to it, into a folder; except debug symbols.</summary>
    /// <returns>The path of the copy.</returns>
    public static string CopyTo(string folder)
    {
        string program = System.IO.Path.GetDirectoryName(Path)!;
        foreach (string file in Directory.EnumerateFiles(program).Where(file => !file.EndsWith(".dbg", StringComparison.Ordinal)))
        {
            File.Copy(file, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file)));
        }

        string copy = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(Location));
        s_copies[copy] = true;
        return copy;
    }

    /// <summary>The folder that holds the solution.</summary>
    public static string RepositoryRoot
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, RootMark)))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new InvalidOperationException($"no {RootMark} above {AppContext.BaseDirectory}");
        }
    }
}
