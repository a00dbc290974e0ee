using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Benchmarks;

/// <summary>
/// Nothing allocates more for each operation than bench/allocations.txt says. Measured in a release build: a debug build
/// allocates for every wait.
/// </summary>
public class AllocationTests
{
    private static readonly string s_program =
        Path.Combine(PlaitProgram.RepositoryRoot, "artifacts", "bin", "Plait.Benchmarks", "release", "Plait.Benchmarks.dll");

    private static readonly string s_allowed = Path.Combine(PlaitProgram.RepositoryRoot, "bench", "allocations.txt");

    [Fact]
    public async Task Operations_AgainstTheCommittedFile_AllocateNoMore()
    {
        (int code, string said) = await CheckAsync(s_allowed);
        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task Operations_AgainstAFileThatAllowsLess_AreNamed()
    {
        string[] lines = await File.ReadAllLinesAsync(s_allowed);
        string stricter = Path.GetTempFileName();
        await File.WriteAllLinesAsync(stricter, [
            .. lines.Where(line => !line.StartsWith("PtMessage", StringComparison.Ordinal)
                && !line.StartsWith("CopyBenchmarks.Relay_Nothing ", StringComparison.Ordinal)),
            "CopyBenchmarks.Relay_Nothing 1",
        ]);
        (int code, string said) = await CheckAsync(stricter);
        File.Delete(stricter);
        Assert.Equal(1, code);
        Assert.Contains("CopyBenchmarks.Relay_Nothing allocates ", said, StringComparison.Ordinal);
        Assert.Contains("PtMessageBenchmarks.Parse_Log has no figure", said, StringComparison.Ordinal);
        Assert.Contains("eng/renew-allocations", said, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Said)> CheckAsync(string allowed)
    {
        Assert.True(
            File.Exists(s_program), $"there is no {s_program}: dotnet build bench/Plait.Benchmarks -c Release (or ./test)");
        await using RunningProgram check = RunningProgram.Start("dotnet", [s_program, "allocations", "check", allowed]);
        int code = await check.WaitForExitAsync(TimeSpan.FromMinutes(2));
        await check.StreamsEnded.Within("the end of its output");
        return (code, string.Join('\n', check.Lines.Concat(check.ErrorLines)));
    }
}
