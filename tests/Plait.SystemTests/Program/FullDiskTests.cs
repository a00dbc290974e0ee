using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Neighbours;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Program;

/// <summary>tor's data directory on a disk that is full, or read-only.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class FullDiskTests
{
    [Theory]
    [EachRole(false)]
    [EachRole(true)]
    public async Task Start_StateExists_ChainsWork(PtRole role, bool readOnly)
    {
        await using SmallDisk disk = await SmallDisk.MountAsync();
        await StartOnceAsync(role, disk);
        await SpoilAsync(disk, readOnly);

        await using PlaitRun run = Start(role, disk);

        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>The control: obfs4proxy alone starts again where its state exists, and its cert stays the same.</summary>
    [Fact]
    public async Task Start_BridgeOfObfs4proxy_KeepsItsCert()
    {
        string obfs4proxy = Programs.Require("obfs4proxy");
        await using SmallDisk disk = await SmallDisk.MountAsync();
        string plaitrc = $"Plugin obfs4 exec {obfs4proxy}";
        PtMethod before;
        await using (PlaitRun first = Start(PtRole.Server, disk, plaitrc, "obfs4"))
        {
            before = await first.Host.MethodLine("obfs4");
            await first.AssertGoodChainAndCleanEndAsync();
        }

        disk.Fill();
        await using PlaitRun run = Start(PtRole.Server, disk, plaitrc, "obfs4");

        Assert.Equal(before.Arguments, (await run.Host.MethodLine("obfs4")).Arguments);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Bridge_ProgramWithoutAPlaceForItsState_FailsAlone()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync();
        await StartOnceAsync(PtRole.Server, disk);
        disk.Fill();

        await using PlaitRun run = Start(PtRole.Server, disk, "Plugin new exec DUMMY --log new", "new");

        Assert.Matches(
            "^hop 0 \\(new\\), launch: state not writable: dummy-transport has no place for its state: .*No space left on device.*; make room on the disk",
            await run.ErrorOfAsync("new"));
        await run.LogAsync("which state directory is whose cannot be kept");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>On a client the chain has a port that refuses, so that tor's reload does not take the others down (L14); it comes to work by itself.</summary>
    [Fact]
    public async Task Client_ProgramWithoutAPlaceForItsState_RefusesUntilThereIsRoom()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync();
        await StartOnceAsync(PtRole.Client, disk);
        disk.Fill();

        await using PlaitRun run = Start(PtRole.Client, disk, "RestartDelayMin 10 msec\nPlugin new exec DUMMY --log new", "new");

        Assert.StartsWith("hop 0 (new), launch: state not writable: ", await run.ObstacleOfAsync("new"), StringComparison.Ordinal);
        disk.Empty();
        await run.Host.Lines.WaitForAsync(line => line.StartsWith("STATUS TRANSPORT=new CHILD=\"Started\"", StringComparison.Ordinal), "the program is started");
        await run.AssertEchoesAsync("new");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>No program has state: tor starts Plait again until there is room (R14).</summary>
    [Theory]
    [EachRole]
    public async Task Start_ForTheFirstTime_IsReportedForEachNameAndEnds(PtRole role)
    {
        await using SmallDisk disk = await SmallDisk.MountAsync();
        disk.Fill();

        await using PlaitRun run = Start(role, disk);

        Assert.Equal(74, await run.Host.Program.WaitForExitAsync());
        Assert.Matches("^Plait cannot start: tor's state location cannot be used: .*No space left on device", await run.ErrorOfAsync("good"));
        CleanOutput.AssertUnderTor(run.Host.Lines, run.Host.Program.ErrorLines);
    }

    [Fact]
    public async Task Kill_BridgeAgainAndAgain_LeavesNothingThatGrows()
    {
        using var runtime = new TestFolder();
        using var state = new TestFolder();
        for (int start = 0; start < 3; start++)
        {
            await using PlaitRun killed = PlaitRun.Start(PtRole.Server, "", [], adapt: launch => launch with
            {
                StateLocation = state.Path,
                Arguments = ["-f", state.Write("plaitrc", $"ServerTransportPlugin good exec {Programs.DummyTransport}")],
                Extra = new Dictionary<string, string?> { ["RUNTIME_DIRECTORY"] = runtime.Path },
            });
            await killed.AssertEchoesAsync("good");
            Assert.StartsWith(runtime.Path, GivenToChildren.Value(killed, "good", "TOR_PT_AUTH_COOKIE_FILE"), StringComparison.Ordinal);
            IReadOnlyList<int> children = ProcessTree.Descendants(killed.Host.Program.Id);
            killed.Host.Program.Kill();
            await killed.Host.Program.WaitForExitAsync();
            await ProcessTree.WaitUntilGoneAsync(children);
            Assert.Single(Directory.GetFiles(runtime.Path, "*", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public async Task Start_EventLogOnAFullDisk_EndsNothing()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync();
        await StartOnceAsync(PtRole.Client, disk);
        disk.Fill();

        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", [], adapt: launch => launch with
        {
            StateLocation = disk.Path,
            Arguments = [.. launch.Arguments, "--event-log", Path.Combine(disk.Path, "events")],
        });

        await run.LogAsync("events are left out until it can be written again");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    private static async Task SpoilAsync(SmallDisk disk, bool readOnly)
    {
        if (readOnly)
        {
            await disk.MakeReadOnlyAsync();
        }
        else
        {
            disk.Fill();
        }
    }

    private static async Task StartOnceAsync(PtRole role, SmallDisk disk)
    {
        await using PlaitRun run = Start(role, disk);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    private static PlaitRun Start(PtRole role, SmallDisk disk, string plaitrc = "", params string[] names) =>
        PlaitRun.Start(role, plaitrc, names, adapt: launch => launch with { StateLocation = disk.Path });
}
