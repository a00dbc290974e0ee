using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Program;

/// <summary>Runs the published program as a person does.</summary>
internal static class PublishedProgram
{
    private static readonly Lazy<Task<ProgramResult>> s_version = new(() => RunAsync(["--version"]));

    /// <summary>
    /// Skips the test, or fails it under CI, if eng/publish had to fall back to the form with a just-in-time compiler: hardened surroundings
    /// refuse what that needs.
    /// </summary>
    public static async Task RequireNativeAsync()
    {
        string version = string.Join('\n', (await s_version.Value).Output);
        if (!version.Contains("(native,", StringComparison.Ordinal))
        {
            Programs.SkipOrFail($"the published program is not native, and eng/publish says why: {version}");
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="words">What stands after its name.</param>
    /// <param name="environment">What to change in our own environment; null removes.</param>
    public static Task<ProgramResult> RunAsync(string[] words, IReadOnlyDictionary<string, string?>? environment = null) =>
        RunAsync(PlaitProgram.Path, words, environment);

    /// <summary>Runs it to its end, with its stdout written to a file.</summary>
    public static Task<ProgramResult> RunIntoAsync(string file, string[] words) =>
        RunAsync("/bin/sh", ["-c", "file=$1; shift; exec \"$0\" \"$@\" >\"$file\"", PlaitProgram.Path, file, .. words], null);

    private static async Task<ProgramResult> RunAsync(string path, string[] words, IReadOnlyDictionary<string, string?>? environment)
    {
        await using RunningProgram program = RunningProgram.Start(path, words, environment);
        int code = await program.WaitForExitAsync();
        await program.StreamsEnded.Within("stdout and stderr end");
        return new(code, [.. program.Lines], [.. program.ErrorLines]);
    }
}

/// <summary>What a program said, and how it ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">The lines of its stdout.</param>
/// <param name="Errors">The lines of its stderr.</param>
internal sealed record ProgramResult(int Code, IReadOnlyList<string> Output, IReadOnlyList<string> Errors);
