using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Program;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Surroundings;

/// <summary>
/// What Plait executes, and what memory it asks for, from its start to its end: strace of it and of all its children. An AppArmor
/// profile lets tor's transports execute nothing but themselves, and a hardened unit refuses memory that is writable and executable.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed partial class StartTraceTests(OtherEnds ends) : IClassFixture<OtherEnds>, IDisposable
{
    private readonly string _trace = Path.GetTempFileName();

    [Theory]
    [EachRole]
    public async Task Start_ProgramsExecuted_AreItselfAndThoseConfigured(PtRole role)
    {
        string[] trace = await TraceAsync(role, "execve,execveat");

        string[] executed = [.. from line in trace
                                let call = Execution().Match(line)
                                where call.Success
                                select call.Groups["path"].Value];
        Assert.Equal(executed.Length, trace.Count(line => line.Contains(" exec", StringComparison.Ordinal) && !line.Contains("resumed>", StringComparison.Ordinal)));
        string obfs4proxy = Programs.Require("obfs4proxy");
        Assert.Contains(ends.Plait, executed);
        Assert.Contains(obfs4proxy, executed);
        Assert.All(executed, path => Assert.Contains(path, new[] { ends.Plait, "/proc/self/exe", obfs4proxy }));
    }

    [Theory]
    [EachRole]
    public async Task Start_MemoryAskedFor_IsNotBothWritableAndExecutable(PtRole role)
    {
        string[] trace = await TraceAsync(role, "mmap,mprotect,pkey_mprotect");

        Assert.Contains(trace, line => line.Contains("PROT_EXEC", StringComparison.Ordinal)); // the code itself
        Assert.DoesNotContain(trace, line =>
            line.Contains("PROT_WRITE", StringComparison.Ordinal) && line.Contains("PROT_EXEC", StringComparison.Ordinal));
    }

    public void Dispose() => File.Delete(_trace);

    /// <summary>The calls of a life in which one connection carries bytes.</summary>
    private async Task<string[]> TraceAsync(PtRole role, string calls)
    {
        await PublishedProgram.RequireNativeAsync();
        string strace = await RequireStraceAsync();
        PtLaunch launch = ends.Launch(isPlait: true, role);
        await using PtHost plait = PtHost.Start(launch with
        {
            Program = strace,
            Arguments = ["-f", "-qq", "-e", $"trace={calls}", "-e", "signal=none", "-o", _trace, launch.Program, .. launch.Arguments],
        });
        using (Socket socket = await ends.OpenAsync(plait, isPlait: true, role))
        {
            await PtPair.AssertEchoAsync(socket);
        }

        Assert.Equal(0, await plait.CloseStdinAndWaitAsync());
        return await File.ReadAllLinesAsync(_trace);
    }

    private static async Task<string> RequireStraceAsync()
    {
        string strace = Programs.Require("strace");
        await using RunningProgram trial = RunningProgram.Start(strace, ["-qq", "-o", "/dev/null", "/bin/true"]);
        if (await trial.WaitForExitAsync() != 0)
        {
            await trial.StreamsEnded.Within("the end of strace's streams");
            Programs.SkipOrFail($"strace cannot trace here: {string.Join(' ', trial.ErrorLines)}");
        }

        return strace;
    }

    // "123 execve("/usr/bin/obfs4proxy", [...", and execveat with a descriptor before the path.
    [GeneratedRegex("""^\d+ +execve(at)?\((\S+, )?"(?<path>[^"]*)",""")]
    private static partial Regex Execution();
}
