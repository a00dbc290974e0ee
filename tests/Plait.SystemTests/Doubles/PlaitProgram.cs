namespace Plait.SystemTests.Doubles;

/// <summary>The published program, as a torrc names it.</summary>
internal static class PlaitProgram
{
    private const string RootMark = "Plait.slnx";

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
