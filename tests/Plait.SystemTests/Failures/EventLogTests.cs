using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Failures;

/// <summary>The published program with <c>--event-log</c>.</summary>
public sealed class EventLogTests : IDisposable
{
    private readonly TestFolder _logs = new();

    private string LogPath => _logs["events.jsonl"];

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task EventLog_GoodFailedAndLostConnectionsAndADeath_AreAllInTheFile()
    {
        await using PlaitRun run = Start(PtRole.Client, "Plugin bad exec DUMMY --refuse 5 --show-arguments", "bad", "good_bad");
        IPEndPoint socks = await run.Host.Method("good_bad");
        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, run.Target.EndPoint, "x-chain-1-key=secret-value"));
        JsonElement failed = await EventAsync("connection_failed");

        using (Socket whole = await run.OpenAsync("good"))
        {
            await PtPair.AssertEchoAsync(whole, 1000);
        }

        JsonElement ended = await EventAsync("connection_ended");
        using Socket lost = await run.OpenAsync("good");
        await PtPair.AssertEchoAsync(lost, 10);
        Process.GetProcessById((await EventAsync("child_started", child => Text(child, "places").Contains("\"good\"", StringComparison.Ordinal))).GetProperty("process_id").GetInt32()).Kill();
        JsonElement broken = await EventAsync("connection_ended", connection => connection.TryGetProperty("cause", out _));
        JsonElement exited = await EventAsync("child_exited");
        await EventAsync("child_restarted");
        await run.AssertGoodChainAndCleanEndAsync();

        Assert.Equal(
            ("client", "good_bad", "grant", "refused", 1, "bad"),
            (Text(failed, "role"), Text(failed, "chain"), Text(failed, "stage"), Text(failed, "cause"), failed.GetProperty("hop").GetInt32(), Text(failed, "hop_transport")));
        Assert.Contains($"MESSAGE=\"{Text(failed, "message")}\"", Assert.Single(run.Host.Lines, line => line.Contains("CONNECT=\"Failed\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal((1000, 1000), (ended.GetProperty("bytes_out").GetInt32(), ended.GetProperty("bytes_in").GetInt32()));
        Assert.Equal((true, "relay", "exited"), (broken.GetProperty("opened").GetBoolean(), Text(broken, "stage"), Text(broken, "cause")));
        Assert.Equal("signal 9", Text(exited, "end"));
        AssertEveryConnectionHasOneBeginningAndOneEnd();
        AssertTellsNoSecret(run, "secret-value");
    }

    /// <summary>Its sockets end in order at once; that it has ended is known once its output is read, which another process keeps open.</summary>
    [Fact]
    public async Task Child_KilledWhileItsOutputStaysOpen_TheConnectionsEndNamesIt()
    {
        await using PlaitRun run = Start(PtRole.Client, "Plugin held exec /bin/sh -c \"setsid sleep 5 & exec DUMMY\"", "held");
        using Socket lost = await run.OpenAsync("held");
        await PtPair.AssertEchoAsync(lost, 10);

        Process.GetProcessById((await EventAsync("child_started", child => Text(child, "places").Contains("\"held\"", StringComparison.Ordinal))).GetProperty("process_id").GetInt32()).Kill();

        JsonElement ended = await EventAsync("connection_ended");
        Assert.True(ended.TryGetProperty("cause", out JsonElement cause), ended.ToString());
        Assert.Equal("exited", cause.GetString());
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Theory]
    [EachRole]
    public async Task Connection_PlaitEnds_IsNoFailure(PtRole role)
    {
        await using PlaitRun run = Start(role, "");
        using Socket open = await run.OpenAsync("good");
        await PtPair.AssertEchoAsync(open, 10);
        Assert.Equal(0, await run.Host.CloseStdinAndWaitAsync());
        JsonElement ended = Assert.Single(Events(), line => Text(line, "event") == "connection_ended");
        Assert.True(ended.GetProperty("opened").GetBoolean());
        Assert.DoesNotContain(Events(), line => line.TryGetProperty("cause", out _) || line.TryGetProperty("message", out _));
    }

    [Fact]
    public async Task Bridge_ConnectionDoesNotReachTor_IsReportedWithTheRole()
    {
        await using PlaitRun run = Start(PtRole.Server, "");
        using (Socket probe = await run.OpenAsync("good"))
        {
            run.Tor.Deny = true; // the dummy hands on at once: nothing else keeps it from tor
            await probe.WriteAllAsync(new byte[] { 42 });
            JsonElement failed = await EventAsync("connection_failed", orElse: "connection_ended");
            Assert.Equal(("server", "authentication_towards_tor"), (Text(failed, "role"), Text(failed, "stage")));
        }

        AssertTellsNoSecret(run);
    }

    [Theory]
    [InlineData("/nowhere/events", "Could not find a part of the path '/nowhere/events'.")]
    [InlineData("/", "it is a directory, and a file is needed")]
    public async Task EventLog_CannotBeWritten_IsReportedBeforeAnythingStarts(string path, string why)
    {
        string file = _logs.Write("plaitrc", $"ClientTransportPlugin good exec {Programs.DummyTransport}\n");
        Dictionary<string, string?> tor = new PtLaunch { Program = PlaitProgram.Path, Names = ["good"], IsServer = false }.ToEnvironment(_logs["state"]);

        string line = await PlaitUse.RefusalAsync(["-f", file, "--event-log", path], tor);
        PlaitUse demo = await PlaitUse.RunAsync(["demo", "--chain", "b64", "--event-log", path]);

        string expected = $"the event log {path} cannot be written: {why}";
        Assert.Equal($"ENV-ERROR {expected}", line);
        Assert.Equal(1, demo.ExitCode);
        Assert.Equal([$"plait: {expected}"], demo.Errors);
    }

    /// <summary>A person can make room; under tor, chains start all the same (FullDiskTests).</summary>
    [Fact]
    public async Task EventLog_DiskIsFull_EndsTheDemo()
    {
        PlaitUse demo = await PlaitUse.RunAsync(["demo", "--chain", "b64", "--event-log", "/dev/full"]);

        Assert.Equal(1, demo.ExitCode);
        Assert.Equal(["plait: the event log /dev/full cannot be written: No space left on device : '/dev/full'"], demo.Errors);
    }

    [Fact]
    public async Task EventLog_CannotGrow_IsOneWarningAndServiceGoesOn()
    {
        // A limit for the size of files (in blocks of 512 bytes) stands for a disk that is full.
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", [], adapt: launch => launch with
        {
            Program = "/bin/sh",
            Arguments = ["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", PlaitProgram.Path, .. launch.Arguments, "--event-log", LogPath],
            Extra = new Dictionary<string, string?> { ["DOTNET_EnableWriteXorExecute"] = "0" }, // the runtime has a large file for it
        });
        const string Warning = "LOG SEVERITY=warning MESSAGE=\"the event log ";
        for (int i = 0; !run.Host.Lines.Any(line => line.StartsWith(Warning, StringComparison.Ordinal)); i++)
        {
            Assert.True(i < 200, "the file grows beyond its limit");
            await run.AssertEchoesAsync("good");
        }

        await run.AssertEchoesAsync("good");
        await run.AssertEchoesAsync("good");
        await run.AssertGoodChainAndCleanEndAsync();
        Assert.Single(run.Host.Lines, line => line.StartsWith(Warning, StringComparison.Ordinal));
        Assert.All(Events(), line => Assert.NotEmpty(Text(line, "time"))); // no half lines
    }

    [Fact]
    public async Task Demo_WithAnEventLog_ReportsBothSides()
    {
        PlaitUse demo = await PlaitUse.RunAsync(["demo", "--chain", "b64", "--event-log", LogPath]);
        Assert.Equal(0, demo.ExitCode);
        Assert.Equal(
            ["client", "server"],
            Events().Where(line => Text(line, "event") == "connection_ended").Select(line => Text(line, "role")).Order());
        Assert.All(Events().Where(line => Text(line, "event") == "connection_ended"), line => Assert.InRange(line.GetProperty("bytes_in").GetInt64(), 16 << 20, 32 << 20));
    }

    [Fact]
    public async Task EventLog_RenamedAndSighup_AnotherIsBegun() // as logrotate does it
    {
        await using PlaitRun run = Start(PtRole.Client, "");
        await run.AssertEchoesAsync("good");
        await EventAsync("connection_ended");
        string old = _logs["events.old"];
        File.Move(LogPath, old);
        run.Host.Program.HangUp();
        await Deadline.PollAsync(() => IsHeldBy(run.Host.Program.Id, old) ? null : "closed", "the old file is closed");
        await run.AssertEchoesAsync("good");
        await EventAsync("connection_ended");
        await run.AssertGoodChainAndCleanEndAsync();

        Assert.Equal("log_opened", Text(Events()[0], "event"));
        AssertEveryConnectionHasOneBeginningAndOneEnd();
    }

    [Fact]
    public async Task EventLog_AnotherPlaitWritesIt_DemoIsRefusedAndAManagedOneTakesItOver()
    {
        await using PlaitRun first = Start(PtRole.Client, "");
        await EventAsync("chain_listening");

        PlaitUse demo = await PlaitUse.RunAsync(["demo", "--chain", "b64", "--event-log", LogPath]);
        await using PlaitRun second = Start(PtRole.Client, "");
        await second.AssertEchoesAsync("good");

        Assert.Equal([$"plait: the event log {LogPath} cannot be written: another Plait writes it; give each Plait a file of its own"], demo.Errors);
        Assert.Single(Events(), line => Text(line, "event") == "log_opened");
        await first.AssertGoodChainAndCleanEndAsync();
        await EventAsync("connection_ended", connection => Events().Count(line => Text(line, "event") == "log_opened") == 2);
        await second.AssertGoodChainAndCleanEndAsync();
        Assert.DoesNotContain(second.Host.Lines, line => line.Contains("event log", StringComparison.Ordinal)); // nothing was lost
    }

    private static bool IsHeldBy(int processId, string path) => Directory.GetFiles($"/proc/{processId}/fd").Any(file => new FileInfo(file).LinkTarget == path);

    private PlaitRun Start(PtRole role, string plaitrc, params string[] names) => PlaitRun.Start(
        role, plaitrc, names, adapt: launch => launch with { Arguments = [.. launch.Arguments, "--event-log", LogPath] });

    private IReadOnlyList<JsonElement> Events()
    {
        // A line may just be being written: what is after the last end of a line is not read.
        string text = File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private async Task<JsonElement> EventAsync(string name, Predicate<JsonElement>? fits = null, string? orElse = null)
    {
        JsonElement[] found = await Deadline.PollAsync(
            () => Events().Where(line => (Text(line, "event") == name || Text(line, "event") == orElse) && (fits is null || fits(line))).ToArray() is { Length: > 0 } some ? some : null,
            $"a line of {name}", details: () => string.Join('\n', Events()));
        return found[0];
    }

    private void AssertEveryConnectionHasOneBeginningAndOneEnd()
    {
        foreach (IGrouping<long, JsonElement> connection in Events().Where(line => line.TryGetProperty("connection", out _)).GroupBy(line => line.GetProperty("connection").GetInt64()))
        {
            string life = string.Join(' ', connection.Select(line => Text(line, "event")));
            Assert.Contains(life, new[] { "connection_failed", "connection_opened connection_ended" });
        }
    }

    private void AssertTellsNoSecret(PlaitRun run, params string[] secrets)
    {
        string text = File.ReadAllText(LogPath);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Target.EndPoint.ToString(), text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
    }

    private static string Text(JsonElement line, string name) =>
        line.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : line.GetProperty(name).GetRawText();
}
