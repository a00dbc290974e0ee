using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>Programs of plugin lines that are not what they should be. tor is told which chain, which hop and why.</summary>
public class ProgramTests
{
    private const string Megabyte = "$(head -c 1000000 /dev/zero | tr '\\0' w)"; // as a shell writes it
    // Of all programs: the good one has to start within it. A chain is announced as late before that unless told otherwise.
    private const string Timeout = $"StartTimeout 5 seconds\n{Plaitrc.Patient}\n";

    [Theory]
    [EachRole]
    public async Task Start_ProgramIsMissing_EachChainNamesIt(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "Plugin bad exec /nowhere/pt\nAlias chain good|bad", ["bad", "chain"]);

        const string why = "program missing: there is no file '/nowhere/pt'; install the program, or correct its path in the plaitrc";
        Assert.Equal($"hop 0 (bad), launch: {why}", await run.ObstacleOfAsync("bad"));
        await run.AssertObstacleAsync("chain", $"hop 1 (bad), launch: {why}");
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramIsNotOnThePath_IsNamed(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "Plugin bad exec no-such-transport", ["bad"]);

        await run.AssertObstacleAsync(
            "bad",
            "hop 0 (bad), launch: program missing: there is no program 'no-such-transport' on the PATH; install it, or write its full path in the plaitrc");
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramIsNotExecutable_CommandIsShown(PtRole role)
    {
        var folder = new TestFolder();
        string program = folder.Write("pt", "no program");
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin bad exec {program}", ["bad"], folder);

        Assert.Contains($"launch: not permitted: '{program}' is not executable; make it so: chmod +x {program}", await run.ObstacleOfAsync("bad"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramIsADirectory_IsNamed(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "Plugin bad exec /usr", ["bad"]);

        Assert.EndsWith("'/usr' is a directory, not a program; write the path of the program in it", await run.ObstacleOfAsync("bad"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramOfAnotherSystem_IsNamed(PtRole role)
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("pt", "");
        await File.WriteAllBytesAsync(program, [0x7f, .. "ELF"u8, 0, 0, 0, 0], TestContext.Current.CancellationToken);
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin bad exec {program}", ["bad"], folder);

        Assert.StartsWith(
            "hop 0 (bad), launch: not permitted: the system would not start pt: it is neither a program of this machine nor a script that begins with #!",
            await run.ObstacleOfAsync("bad"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>The dummy transport as <c>pt</c>: what it does at its start, and what tor is told.</summary>
    [Theory]
    [EachRole("--exit-at-start 3", "launch: exited: pt ended during its start with exit code 3 and said nothing; run it by hand to see why: ")]
    [EachRole("--silent", "negotiation: timed out: pt said nothing within 5 s, and a pluggable transport prints VERSION at once; run it by hand to see what it waits for; StartTimeout in the plaitrc is the limit")]
    [EachRole("--no-done", "negotiation: timed out: pt did not finish its start within 5 s; run it by hand to see what it waits for; StartTimeout in the plaitrc is the limit")]
    [EachRole("--version 2", "negotiation: protocol violated: pt: it speaks version '2' of pt-spec, and not version 1; check that it is a pluggable transport: a plugin line with exec starts nothing else")]
    [EachRole("--env-error 'no luck'", "negotiation: argument wrong: pt: it says ENV-ERROR no luck; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said")]
    [EachRole("--method-error 'no luck'", "negotiation: argument wrong: pt refuses bad: no luck; correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said")]
    [EachRole("--only other", "negotiation: argument wrong: pt has no transport bad; install a version of pt that has it, or correct the name in the plaitrc")]
    [EachRole("--wrong-address", "negotiation: protocol violated: pt: it printed a bad")]
    public async Task Start_ProgramStartsBadly_IsReportedWithTheReason(PtRole role, string flags, string expected)
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("pt", $"exec {Programs.DummyTransport} {flags}");
        await using PlaitRun run = PlaitRun.Start(role, $"{(expected.Contains("timed out", StringComparison.Ordinal) ? Timeout : "")}Plugin bad exec {program}", ["bad"], folder);

        Assert.StartsWith("hop 0 (bad), " + expected, await run.ObstacleOfAsync("bad"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>Its end may be seen before the chain is announced or after that: in an error line, or in the log.</summary>
    [Theory]
    [EachRole]
    public async Task Start_ProgramExitsRightAfterDone_IsReported(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "Plugin bad exec DUMMY --exit-after-done 4", ["bad"]);

        await run.Host.Lines.WaitForAsync(
            line => line.Contains("exit code 4", StringComparison.Ordinal), "a line that tells of the exit");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>What is odd about it does not keep a transport from working.</summary>
    [Theory]
    [EachRole("--garbage")]
    [EachRole("--other-transports")]
    [EachRole("--long-line 1000000")]
    [InlineData(PtRole.Client, "--proxy-error")]
    [EachRole("--flood-stdout 20000 --flood-stderr 1000000")]
    [EachRole("--status nonsense --log 'many words'")]
    public async Task Start_ProgramStartsOddly_IsTolerated(PtRole role, string flags)
    {
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin odd exec DUMMY {flags}", ["odd"]);

        await run.AssertEchoesAsync("odd");
        Assert.DoesNotContain(run.Host.Lines, line => line.Contains("unasked", StringComparison.Ordinal));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramPrintsGarbageForEver_TimesOut(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, $"{Timeout}Plugin bad exec /usr/bin/yes garbage", ["bad"]);

        Assert.StartsWith("hop 0 (bad), negotiation: timed out: yes printed no VERSION within 5 s; it said: garbage; run it by hand",
            await run.ObstacleOfAsync("bad"), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>A line of a megabyte that means something, and as its words: tor gets no line of that length.</summary>
    [Theory]
    [InlineData(PtRole.Client, $"echo VERSION 1; echo CMETHOD-ERROR bad {Megabyte}; echo CMETHODS DONE; read -r line")]
    [InlineData(PtRole.Server, $"echo VERSION 1; echo SMETHOD-ERROR bad {Megabyte}; echo SMETHODS DONE; read -r line")]
    [EachRole($"echo {Megabyte} >&2; exit 5")]
    public async Task Start_ReasonOfOneMegabyte_IsCut(PtRole role, string script)
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("pt", script);
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin bad exec {program}", ["bad"], folder);

        Assert.InRange((await run.ObstacleOfAsync("bad")).Length, 1, 2000);
        await run.AssertGoodChainAndCleanEndAsync();
    }
}
