using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>Standard streams that are not there, or go away.</summary>
public class StreamTests
{
    /// <summary>The end of stdin asks for an end, also when it came before the start (E13, C33).</summary>
    [Theory]
    [EachRole("<&-")]
    [InlineData(PtRole.Client, "<&- >&- 2>&-")]
    [EachRole("</dev/null")]
    public async Task Start_NoStdinAndTheVariableSet_Ends(PtRole role, string redirection)
    {
        await using PlaitRun run = StartRedirected(role, redirection, exitOnStdinClose: true);

        Assert.Equal(0, await run.Host.Program.WaitForExitAsync());
        await run.Host.Program.StreamsEnded.Within("the end of the streams");
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
    }

    [Theory]
    [EachRole("<&-")]
    [EachRole("</dev/null")]
    public async Task Start_NoStdinAndTheVariableNotSet_Lives(PtRole role, string redirection)
    {
        await using PlaitRun run = StartRedirected(role, redirection, exitOnStdinClose: false);

        await run.AssertEchoesAsync("good");
        IReadOnlyList<int> children = ProcessTree.Descendants(run.Host.Program.Id);
        Assert.NotEmpty(children);
        run.Host.Program.Terminate();
        Assert.Equal(0, await run.Host.Program.WaitForExitAsync());
        await ProcessTree.WaitUntilGoneAsync(children);
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
    }

    /// <summary>tor reads no more: what is said from then on is lost, and nothing else.</summary>
    [Theory]
    [EachRole]
    public async Task Run_StdoutClosedEarly_ChainsWorkUntilStdinEnds(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(
            role, "HandshakeTimeout 3 seconds\nPlugin bad exec DUMMY --crash-after 1\nRestartDelayMin 10 msec", ["bad"]);
        await run.Host.WaitForDoneAsync();
        await run.Host.Method("good");
        run.Host.Program.CloseStdout();

        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                using System.Net.Sockets.Socket socket = await run.OpenAsync("bad"); // makes Plait log
                await Doubles.Tests.PtPair.AssertEchoAsync(socket);
            });
        }

        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>No stdout or stderr from the start: Plait does not write its lines into whatever has got the number.</summary>
    [Theory]
    [InlineData(">&-")]
    [InlineData("2>&-")]
    [InlineData(">&- 2>&-")]
    public async Task Run_NoOutputAtAll_EndsWithStdin(string redirection)
    {
        await using PlaitRun run = StartRedirected(PtRole.Client, redirection, exitOnStdinClose: true);
        await ProcessTree.WaitForDescendantsAsync(run.Host.Program.Id, 1);
        IReadOnlyList<int> children = ProcessTree.Descendants(run.Host.Program.Id);

        Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());

        await ProcessTree.WaitUntilGoneAsync(children);
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
    }

    private static PlaitRun StartRedirected(PtRole role, string redirection, bool exitOnStdinClose) =>
        PlaitRun.Start(role, "", [], adapt: launch => launch with
        {
            Program = "/bin/sh",
            Arguments = ["-c", $"exec \"$0\" \"$@\" {redirection}", launch.Program, .. launch.Arguments],
            ExitOnStdinClose = exitOnStdinClose,
        });
}
