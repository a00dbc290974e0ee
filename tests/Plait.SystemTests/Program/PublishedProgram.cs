using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Program;

/// <summary>The program as a torrc names it: what eng/publish left at artifacts/plait/plait.</summary>
internal static class PublishedProgram
{
    /// <summary>The root of this checkout.</summary>
    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The program's path. Without it the test fails: ./test publishes first.</summary>
    public static string Path
    {
        get
        {
            string path = System.IO.Path.Combine(Root, "artifacts", "plait", "plait");
            Assert.True(File.Exists(path), $"there is no {path}; run eng/publish");
            return path;
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="words">What stands behind its name.</param>
    /// <param name="environment">What to change in our own environment; null removes.</param>
    public static async Task<ProgramResult> RunAsync(
        string[] words, IReadOnlyDictionary<string, string?>? environment = null)
    {
        await using RunningProgram program = RunningProgram.Start(Path, words, environment);
        int code = await program.WaitForExitAsync();
        await program.OutputEnded.Within("stdout ends");
        await program.ErrorsEnded.Within("stderr ends");
        return new(code, [.. program.Lines], [.. program.ErrorLines]);
    }

    private static string FindRoot(DirectoryInfo? folder)
    {
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Plait.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests holds Plait.slnx.");
    }
}

/// <summary>What a program said, and how it ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">The lines of its stdout.</param>
/// <param name="Errors">The lines of its stderr.</param>
internal sealed record ProgramResult(int Code, IReadOnlyList<string> Output, IReadOnlyList<string> Errors);
