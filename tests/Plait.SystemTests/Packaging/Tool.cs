using Plait.SystemTests.Doubles;
using Plait.SystemTests.Program;

namespace Plait.SystemTests.Packaging;

/// <summary>Programs that run to their end.</summary>
internal static class Tool
{
    // debootstrap fetches and unpacks some 90 packages; 35 to 110 s seen.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs a program, and fails the test if the program fails.</summary>
    /// <param name="program">Its name or path. Without it the test is skipped, but under CI it fails.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">What to change in our own environment; null removes.</param>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string program, string[] arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        string path = program.Contains('/', StringComparison.Ordinal) ? program : Programs.Require(program);
        await using RunningProgram run = RunningProgram.Start(path, arguments, environment);
        ProgramResult result = await EndAsync(run);
        Assert.True(
            result.Code == 0,
            $"{program} {string.Join(' ', arguments)}: exit code {result.Code}\n{string.Join('\n', result.Output.Concat(result.Errors))}");
        return result.Output;
    }

    /// <summary>Waits for a program's end.</summary>
    public static async Task<ProgramResult> EndAsync(RunningProgram run)
    {
        int code = await run.WaitForExitAsync(s_limit);
        await run.StreamsEnded.Within("stdout and stderr end");
        return new(code, [.. run.Lines], [.. run.ErrorLines]);
    }
}
