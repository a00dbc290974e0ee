using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.BadInput;

/// <summary>Chains that fail at the start: each has its line, which says what brings the chain back (L14, L15, R14).</summary>
public class NothingStandsTests
{
    private const string Again = "; tor starts Plait again each second until it works; a change of the torrc needs a reload of tor (SIGHUP)";

    /// <summary>A later start may help: Plait ends, and tor makes one.</summary>
    [Fact]
    public async Task Bridge_NoChainStands_ReportsEachNameAndEnds()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, "Plugin bad exec /nowhere/pt", [], adapt: launch => launch with { Names = ["bad", "nosuch"] });

        Assert.Equal(69, await run.Host.Program.WaitForExitAsync());
        await run.Host.Program.StreamsEnded.Within("the end of the streams");
        Assert.Equal(
            [
                "VERSION 1",
                "SMETHOD-ERROR bad hop 0 (bad), launch: program missing: there is no file '/nowhere/pt'; install the program, or correct its path in the plaitrc" + Again,
                "SMETHOD-ERROR nosuch launch: argument wrong: 'nosuch' is neither a transport nor a chain of transports that a server has; known are 'dummy', 'b64', 'obfs3', 'obfs4', 'good', 'bad'" + Again,
                "SMETHODS DONE",
            ],
            run.Host.Lines.Snapshot().Where(line => !line.StartsWith("STATUS ", StringComparison.Ordinal)).Select(line => line.Replace('"', '\'')));
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
    }

    /// <summary>Only another configuration can help: a start each second would say the same each second.</summary>
    [Theory]
    [EachRole]
    public async Task Start_NoChainStandsForItsName_ReportsItAndStays(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, "", [], adapt: launch => launch with { Names = ["nosuch"] });

        await run.Host.WaitForDoneAsync();
        Assert.EndsWith(PlaitRun.ComesBack, Assert.Single(run.Host.Lines, IsError), StringComparison.Ordinal);
        Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());
    }

    /// <summary>
    /// A wrong option alone takes another configuration: Plait stays, and the line says what brings the bridge back, whether the torrc or the
    /// plaitrc has the option.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bridge_NothingButAWrongOption_ReportsItAndStays(bool inTorrc)
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {Programs.Require("obfs4proxy")}\n{(inTorrc ? "" : "ServerTransportOptions obfs4 iat-mode=7")}", [],
            adapt: launch => launch with { Names = ["obfs4"], Options = inTorrc ? "obfs4:iat-mode=7" : null });

        await run.Host.WaitForDoneAsync();
        Assert.Equal(
            "SMETHOD-ERROR obfs4 hop 0 (obfs4), negotiation: argument wrong: obfs4proxy refuses obfs4: invalid iat-mode '7'; correct ServerTransportOptions in torrc or plaitrc"
            + PlaitRun.ComesBack, Assert.Single(run.Host.Lines, IsError));
        Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());
    }

    /// <summary>What may be of this moment alone is tried again each second, also where options are given.</summary>
    [Fact]
    public async Task Bridge_ReasonThatNamesNoOption_ReportsItAndEnds()
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("pt", "echo VERSION 1; echo SMETHOD-ERROR bad the broker is away; echo SMETHODS DONE; read -r end");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin bad exec {program}", [], folder, launch => launch with { Names = ["bad"], Options = "bad:iat-mode=1" });

        Assert.Equal(64, await run.Host.Program.WaitForExitAsync());
        await run.Host.Program.StreamsEnded.Within("the end of the streams");
        Assert.EndsWith(Again, Assert.Single(run.Host.Lines, IsError), StringComparison.Ordinal);
    }

    /// <summary>A client's chain keeps a port, and comes to work by itself: nothing has to end.</summary>
    [Fact]
    public async Task Client_NoProgramIsThere_Stays()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, "Plugin bad exec /nowhere/pt", [], adapt: launch => launch with { Names = ["bad"] });

        Assert.Equal(
            "hop 0 (bad), launch: program missing: there is no file '/nowhere/pt'; install the program, or correct its path in the plaitrc",
            await run.ObstacleOfAsync("bad"));
        Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());
    }

    /// <summary>What was said before: that the program is tried again, and then nothing.</summary>
    [Fact]
    public async Task Bridge_OtherChainsStand_SaysWhatBringsItBack()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, "Plugin bad exec /nowhere/pt", ["bad"]);

        await run.Host.WaitForDoneAsync();
        Assert.EndsWith(PlaitRun.ComesBack, Assert.Single(run.Host.Lines, IsError), StringComparison.Ordinal);
        await run.AssertGoodChainAndCleanEndAsync();
        Assert.DoesNotContain(run.Host.Lines, line => line.Contains("tried again", StringComparison.Ordinal));
    }

    /// <summary>The keys that its bridge line speaks of are gone: it is not announced until they are back, and then the same.</summary>
    [Fact]
    public async Task Bridge_StateFileIsEmpty_IsNamedAndTheOldCertIsNotAnnounced()
    {
        using var state = new TestFolder();
        PlaitRun Start(params string[] names) => PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {Programs.Require("obfs4proxy")}", names, adapt: launch => launch with { StateLocation = state.Path });
        PtMethod before;
        await using (PlaitRun first = Start("obfs4"))
        {
            before = await first.Host.MethodLine("obfs4");
            await first.AssertGoodChainAndCleanEndAsync();
        }

        string file = Path.Combine(state.Path, "plait", "plaitrc", "server-obfs4", "obfs4_state.json");
        byte[] backup = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, [], TestContext.Current.CancellationToken);
        await using (PlaitRun second = Start("obfs4"))
        {
            Assert.Equal(
                $"hop 0 (obfs4), negotiation: state damaged: the file in which obfs4proxy keeps its state is empty: {file}; "
                + "restore it from a backup; a new one, which obfs4proxy makes where there is none, means a new bridge line",
                await second.ErrorOfAsync("obfs4"));
            await second.AssertGoodChainAndCleanEndAsync();
        }

        await File.WriteAllBytesAsync(file, backup, TestContext.Current.CancellationToken);
        await using PlaitRun third = Start("obfs4");
        Assert.Equal(before.Arguments, (await third.Host.MethodLine("obfs4")).Arguments);
        await third.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>What cannot be opened for want of a descriptor is not lost: its bridge line stays announced.</summary>
    [Fact]
    public async Task Bridge_StateFileCannotBeOpened_KeepsItsBridgeLine()
    {
        using var state = new TestFolder();
        string file = Path.Combine(state.Path, "plait", "plaitrc", "server-obfs4", "obfs4_state.json");
        string program = state.WriteScript("pt",
            $"[ -e {state["short"]} ] || exec {Programs.Require("obfs4proxy")}\n"
            + $"echo VERSION 1; echo SMETHOD-ERROR obfs4 open {file}: too many open files; echo SMETHODS DONE; read -r end");
        PlaitRun Start() => PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {program}", ["obfs4"], adapt: launch => launch with { StateLocation = state.Path });
        PtMethod before;
        await using (PlaitRun first = Start())
        {
            before = await first.Host.MethodLine("obfs4");
            await first.AssertGoodChainAndCleanEndAsync();
        }

        state.Write("short", "");
        await using PlaitRun second = Start();
        Assert.Equal(before.Arguments, (await second.Host.MethodLine("obfs4")).Arguments);
        await second.LogAsync($"hop 0 (obfs4), negotiation: limit reached: pt has no descriptor left: open {file}: too many open files; "
            + "raise the limit: ulimit -n, or LimitNOFILE= of the service");
        await second.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [InlineData("\"/etc/plait/plaitrc\"", "the path \"/etc/plait/plaitrc\" begins with a quote, which counts as a part of it: tor knows no quotes in a torrc; write it without quotes; where it has a blank, make a link that has none")]
    [InlineData("~/plaitrc", "the path '~/plaitrc' begins with ~, which only a shell replaces: tor and Plait do not; write the full path, which begins with /")]
    public async Task Start_PlaitrcPathAsForAShell_IsRefusedWithWhatToWrite(string path, string expected)
    {
        string line = await PlaitUse.RefusalAsync(["-f", path], new PtLaunch { Program = "", Names = ["good"], IsServer = false }.ToEnvironment(Path.GetTempPath()));

        Assert.Equal($"ENV-ERROR -f: {expected}", line);
    }

    private static bool IsError(string line) => line.Contains("METHOD-ERROR ", StringComparison.Ordinal);
}
