using System.Net;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.Surroundings;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.SystemTests.BadInput;

/// <summary>Real programs that cannot start where they are, and what the reader of that side is told to do.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class StartTests
{
    private static string Obfs4Proxy => Programs.Require("obfs4proxy");

    [Fact]
    public async Task Bridge_PortIsTaken_AnotherProgramHasIt()
    {
        await using EchoServer taken = EchoServer.Start();
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, $"Plugin bad,obfs4 exec {Obfs4Proxy}", ["obfs4"], adapt: At("obfs4", taken.EndPoint));

        int port = taken.EndPoint.Port;
        await run.AssertErrorAsync(
            "obfs4",
            $"hop 0 (obfs4), launch: not permitted: obfs4proxy cannot listen: another program has the port {port}; find and stop it: sudo ss -ltnp sport = :{port}");
    }

    /// <summary>A listener that the program has besides: not the port of ServerTransportListenAddr is taken.</summary>
    [Fact]
    public async Task Bridge_PortOfAnotherListenerIsTaken_ThatPortIsNamed()
    {
        var folder = new TestFolder();
        string program = folder.WriteScript(
            "pt", "echo VERSION 1; echo SMETHOD-ERROR bad listen tcp :80: bind: address already in use; echo SMETHODS DONE; read -r end");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin bad exec {program}", ["bad"], folder, At("bad", IPEndPoint.Parse("127.0.0.1:18443")));

        Assert.Equal(
            "hop 0 (bad), launch: not permitted: pt cannot listen: another program has the port 80; find and stop it: sudo ss -ltnp sport = :80",
            await run.ErrorOfAsync("bad"));
    }

    /// <summary>The capability belongs to the program that listens: the transport, or with ServerTransportWire Plait itself.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Bridge_LowPort_SaysWhereTheCapabilityBelongs(bool plaitListens, bool noNewPrivileges)
    {
        var files = new TestFolder();
        var folder = new OpenFolder(files);
        IPEndPoint low = LowPorts.TakeEndPoint();
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {Obfs4Proxy}\n{(plaitListens ? "ServerTransportWire obfs4 plait" : "")}", ["obfs4"], files,
            launch => folder.AsNobody(At("obfs4", low)(launch), noNewPrivileges));

        string program = plaitListens ? "Plait" : "obfs4proxy";
        string hop = plaitListens ? "" : "hop 0 (obfs4), ";
        string capability = $"setcap cap_net_bind_service=+ep {(plaitListens ? PlaitProgram.Path : RealPath(Obfs4Proxy))}";
        string start = $"{hop}launch: not permitted: {program} may not listen on port {low.Port}: those below 1024 need a capability";
        Assert.Equal(noNewPrivileges
            ? $"{start}, and NoNewPrivileges=yes of tor's service takes it away; write NoNewPrivileges=no for that service (systemctl edit tor@default), and give the capability to the program that listens: {capability}"
            : $"{start}; give it to the program that listens: {capability}. NoNewPrivileges=yes of tor's service would take it away again",
            await run.ErrorOfAsync("obfs4"));
    }

    [Fact]
    public async Task Bridge_AddressOfAnotherMachine_IsNamedWithoutIt()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {Obfs4Proxy}", ["obfs4"], adapt: At("obfs4", IPEndPoint.Parse("192.0.2.1:8443")));

        Assert.Equal(
            "hop 0 (obfs4), launch: not permitted: obfs4proxy cannot listen: the address that ServerTransportListenAddr names is none of this machine; "
            + "write an address of this machine in ServerTransportListenAddr",
            await run.ErrorOfAsync("obfs4"));
    }

    /// <summary>What a program says of a listener that was given to it shows the port and not the address (G5).</summary>
    [Fact]
    public async Task Bridge_WordsAboutItsListener_ShowThePort()
    {
        var folder = new TestFolder();
        string program = folder.WriteScript(
            "pt", "echo VERSION 1; echo SMETHOD-ERROR bad listen tcp ${TOR_PT_SERVER_BINDADDR#bad-}: bind: out of luck; echo SMETHODS DONE; read -r end");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin bad exec {program}", ["bad"], folder, At("bad", IPEndPoint.Parse("127.0.0.1:18443")));

        Assert.StartsWith(
            "hop 0 (bad), negotiation: argument wrong: pt refuses bad: listen tcp [scrubbed]:18443: bind: out of luck; ",
            await run.ErrorOfAsync("bad"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", "invalid iat-mode '7'")]
    [InlineData("paranoid", "malformed iat-mode '[scrubbed]'")]
    public async Task Bridge_WrongOption_IsTheProgramsOwnReason(string mode, string says)
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {Obfs4Proxy}", ["obfs4"], adapt: launch => launch with { Options = $"obfs4:iat-mode={mode}" });

        await run.AssertErrorAsync(
            "obfs4",
            $"hop 0 (obfs4), negotiation: argument wrong: obfs4proxy refuses obfs4: {says}; correct ServerTransportOptions in torrc or plaitrc");
    }

    [Theory]
    [EachRole]
    public async Task Start_StateFolderOfRoot_IsNamedWithItsOwner(PtRole role)
    {
        var files = new TestFolder();
        var folder = new OpenFolder(files);
        string state = folder.MakeStateOfRoot(role == PtRole.Client ? "client-obfs4" : "server-obfs4");
        await using PlaitRun run = PlaitRun.Start(
            role, $"Plugin obfs4 exec {Obfs4Proxy}", ["obfs4"], files, launch => folder.AsNobody(launch));

        Assert.Equal(
            $"hop 0 (obfs4), launch: not permitted: obfs4proxy may not use its state: {state} belongs to the user root, and Plait runs as nobody; "
            + $"give it back: chown -R nobody {state}",
            await run.ObstacleOfAsync("obfs4"));
    }

    /// <summary>A port below 1024 is not what is forbidden, although it would be.</summary>
    [Fact]
    public async Task Bridge_StateFileOfRootAndLowPort_FileIsNamedWithItsOwner()
    {
        var files = new TestFolder();
        var folder = new OpenFolder(files);
        string state = folder.MakeStateFileOfRoot("server-obfs4", "obfs4_state.json");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, $"Plugin obfs4 exec {Obfs4Proxy}", ["obfs4"], files, launch => folder.AsNobody(At("obfs4", LowPorts.TakeEndPoint())(launch)));

        Assert.Equal(
            $"hop 0 (obfs4), launch: not permitted: obfs4proxy may not use its state: {state} belongs to the user root, and Plait runs as nobody; "
            + $"give it back: chown -R nobody {state}",
            await run.ErrorOfAsync("obfs4"));
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramInAClosedFolder_IsNamedWithTheFolder(PtRole role)
    {
        var files = new TestFolder();
        var folder = new OpenFolder(files);
        using var closed = new TestFolder();
        string program = closed.WriteScript("pt", "");
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin bad exec {program}", ["bad"], files, launch => folder.AsNobody(launch));

        Assert.Equal(
            $"hop 0 (bad), launch: not permitted: the user nobody may not enter {closed.Path}, where '{program}' is looked for; "
            + "install the program in a folder that all users may enter, such as /usr/local/bin",
            await run.ObstacleOfAsync("bad"));
    }

    [Theory]
    [EachRole]
    public async Task Start_ProgramOnANoExecuteDisk_IsNotPermittedByCheckToo(PtRole role)
    {
        await using SmallDisk disk = await SmallDisk.MountAsync();
        await disk.ForbidExecutionAsync();
        string program = Path.Combine(disk.Path, "pt");
        await File.WriteAllTextAsync(program, "#!/bin/sh\n", TestContext.Current.CancellationToken);
        OpenTo.Everybody(program);
        var folder = new TestFolder();
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin bad exec {program}", ["bad"], folder);

        string why = $"'{program}' is on a disk that is mounted with noexec, where nothing may be executed";
        Assert.Equal($"hop 0 (bad), launch: not permitted: {why}; install the program on another disk, such as in /usr/local/bin", await run.ObstacleOfAsync("bad"));
        PlaitUse check = await PlaitUse.RunAsync(["check", "-f", folder["plaitrc"]]);
        Assert.Contains(check.Errors, line => line.EndsWith($": {why}. Install the program on another disk, such as in /usr/local/bin.", StringComparison.Ordinal));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Start_UnknownFlag_IsShownWithoutTheUsage()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, $"Plugin bad exec {FieldPrograms.SnowflakeClient} -nosuchflag", ["bad"]);

        await run.AssertObstacleAsync(
            "bad",
            "hop 0 (bad), launch: exited: snowflake-client ended during its start with exit code 2; it said: flag provided but not defined: -nosuchflag; "
            + "correct its arguments in the plugin line of the plaitrc; if they are right, see what the program said");
    }

    [Fact]
    public async Task Open_ProgramPanics_IsShownWithoutItsStack() // R7
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("pt",
            $"{Programs.DummyTransport} --crash-after 1\nprintf 'panic: runtime error: index out of range\\n\\ngoroutine 1 [running]:\\nmain.main()\\n\\t/src/main.go:7 +0x1d\\n' >&2; exit 2");
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, $"Plugin bad exec {program}", ["bad"], folder);

        await Assert.ThrowsAsync<SocksRefusedException>(() => run.OpenAsync("bad"));

        string line = await run.LogAsync("panic: runtime error: index out of range");
        Assert.Contains("bad: hop 0 (bad), handshake: exited: pt ended with exit code 2", line, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Host.Lines, said => said.Contains("main.go", StringComparison.Ordinal) || said.Contains("goroutine", StringComparison.Ordinal));
    }

    [Theory]
    [EachRole]
    public async Task Start_BuildLacksTheTransport_ItsTransportsAreNamed(PtRole role)
    {
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin obfs4,nosuch exec {FieldPrograms.Lyrebird}", ["obfs4", "nosuch"]);

        string has = role == PtRole.Client ? "; it has obfs4" : ""; // on a bridge each transport at the wire has a process
        await run.AssertObstacleAsync(
            "nosuch",
            $"hop 0 (nosuch), negotiation: argument wrong: lyrebird has no transport nosuch{has}; install a version of lyrebird that has it, or correct the name in the plaitrc");
    }

    [Fact]
    public async Task Start_ProgramOfTheOtherSide_IsRecognised()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Server, $"Plugin bad exec {FieldPrograms.SnowflakeClient}", ["bad"]);

        await run.AssertErrorAsync(
            "bad",
            "hop 0 (bad), negotiation: argument wrong: snowflake-client: it says ENV-ERROR no TOR_PT_CLIENT_TRANSPORTS environment variable; "
            + "name the program of a bridge in this plugin line: snowflake-client is for the other side");
    }

    [Theory]
    [InlineData("", "launch: exited: obfs-local ended during its start with exit code 1")] // without SS_* it prints its usage, on stdout
    [InlineData(" -s 127.0.0.1 -p 9 -l 0 --obfs http", "negotiation: timed out: obfs-local printed no VERSION within 5 s")] // waits for Shadowsocks
    public async Task Start_PluginOfShadowsocks_IsRecognised(string arguments, string how)
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, $"StartTimeout 5 seconds\n{Plaitrc.Patient}\nPlugin bad exec {Programs.Require("obfs-local")}{arguments}", ["bad"]);

        await run.AssertObstacleAsync(
            "bad",
            $"hop 0 (bad), {how}; it looks like a SIP003 plugin of Shadowsocks, which exec cannot start; write sip003 exec in the place of exec, or name a pluggable transport");
    }

    /// <summary>Before the limit is over: a silence of some seconds is no mere slowness.</summary>
    [Fact]
    public async Task Start_PluginOfShadowsocksIsSilent_IsReportedDuringTheWait()
    {
        var folder = new TestFolder();
        string program = folder.WriteScript("ss-plugin", "# waits for $SS_LOCAL_HOST and $SS_LOCAL_PORT\nread -r end");
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, $"Plugin bad exec {program}", ["bad"], folder);

        await run.LogAsync("ss-plugin has printed no VERSION for 3 s: it looks like a SIP003 plugin of Shadowsocks, which exec cannot start; "
            + "write sip003 exec in the place of exec, or name a pluggable transport. Plait waits until 20 s are over (StartTimeout)");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    private static Func<PtLaunch, PtLaunch> At(string name, IPEndPoint address) =>
        launch => launch with { BindAddresses = new Dictionary<string, string> { [name] = address.ToString() } };

    private static string RealPath(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
}
