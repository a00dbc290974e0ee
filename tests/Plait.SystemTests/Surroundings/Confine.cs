using System.Globalization;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Surroundings;

/// <summary>
/// The tool that makes a hardened surrounding and becomes a program in it: tests/Plait.Confine/confine.c, which says what its
/// options do. It is compiled once for each run of the tests, by the system's C compiler.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class Confine
{
    /// <summary>The tool's exit code for a surrounding that this machine cannot make.</summary>
    private const int Cannot = 125;

    private static readonly Lazy<Task<string>> s_compiled = new(CompileAsync);

    // RLIMIT_NPROC counts all processes of a user on the machine, so each start gets a user that has none. Far above the ids that
    // distributions give out, and apart from those of another test run at the same time.
    private static int s_lastUser = 1_000_000 + (Environment.ProcessId % 100_000 * 1_000);

    /// <summary>A user id that owns no process and has no entry in the passwd database.</summary>
    public static string NextUser() => Interlocked.Increment(ref s_lastUser).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The path of the tool. Skips the test, or fails it under CI, if there is no compiler, or if this machine cannot make the
    /// surrounding.
    /// </summary>
    /// <param name="options">The options of the surrounding.</param>
    public static async Task<string> RequireAsync(IReadOnlyList<string> options)
    {
        Programs.Require("cc");
        string tool = await s_compiled.Value;
        await using RunningProgram trial = RunningProgram.Start(tool, options);
        int code = await trial.WaitForExitAsync();
        await trial.StreamsEnded.Within("the end of confine's streams");
        if (code == Cannot)
        {
            Programs.SkipOrFail($"this machine cannot make the surrounding: {string.Join(' ', trial.ErrorLines)}");
        }

        Assert.Equal(0, code);
        return tool;
    }

    private static async Task<string> CompileAsync()
    {
        // Not the folder of the tests' build: another user has to be able to reach it.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("plait-confine-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        OpenTo.Everybody(folder.FullName);
        string source = Path.Combine(PlaitProgram.RepositoryRoot, "tests", "Plait.Confine", "confine.c");
        string tool = Path.Combine(folder.FullName, "confine");
        await using RunningProgram compiler = RunningProgram.Start(
            Programs.Require("cc"), ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", tool, source]);
        int code = await compiler.WaitForExitAsync();
        await compiler.StreamsEnded.Within("the end of the compiler's streams");
        Assert.True(code == 0, $"confine.c: {string.Join('\n', compiler.ErrorLines)}");
        return tool;
    }
}
