using System.Diagnostics;
using System.Globalization;
using System.Net;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Lifecycle;

namespace Plait.SystemTests.TorNet.Tests;

/// <summary>
/// Children are killed, at random hops of both sides, while tor's client downloads through the chain: tor's traffic comes back each time,
/// and neither tor ever starts its Plait again. PLAIT_KILLS=100 runs the long form.
/// </summary>
public sealed class ChildKillTests(TorNetwork network, ITestOutputHelper output) : IDisposable
{
    private const string Chain = "obfs3_obfs4";
    private const int ShortForm = 4;
    private const long Small = 1 << 20;
    private const long Large = 512 << 20; // more than can come before the kill

    private static readonly string s_small = FileServer.Hash(Small);
    private static readonly string s_large = FileServer.Hash(Large);

    // How tor's log (0.4.9) tells that a managed proxy has ended, is to end, or is prepared for another start.
    private static readonly string[] s_ends = ["terminated with status", "is being terminated", "will be terminated", "has exited", "died in state", "for restart", "failed at launch"];

    // Seen: 1.8 s at most, in 100 kills, as tor opens circuits in step with its clock; but when it looks at a bridge again is tor's to say.
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(100);

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-torkill-").FullName;

    [Fact]
    public async Task Download_ChildrenAreKilled_TrafficComesBackAndTorStartsNothingAnew()
    {
        int kills = Victims.KillsOr(ShortForm);
        string plaitrc = Path.Combine(_folder, "plaitrc");
        string[] logs = [Path.Combine(_folder, "client.jsonl"), Path.Combine(_folder, "bridge.jsonl")];
        await File.WriteAllTextAsync(plaitrc, Victims.Plaitrc, TestContext.Current.CancellationToken);
        await using TorBridge bridge = await network.StartBridgeAsync(
            $"ServerTransportPlugin {Chain} exec {PlaitProgram.Path} -f {plaitrc} --event-log {logs[1]}", $"ServerTransportListenAddr {Chain} {FreePorts.TakeEndPoint()}");
        string published = await bridge.TransportLineAsync(Chain);
        await using Door door = Door.ShutTo(IPEndPoint.Parse(published.Split(' ')[1]));
        await using TorClient client = await network.StartClientAsync(
            BridgeLine.FromTransportLine(published, bridge.Fingerprint, door.EndPoint), $"ClientTransportPlugin {Chain} exec {PlaitProgram.Path} -f {plaitrc} --event-log {logs[0]}");
        TorProcess[] tors = [client.Tor, bridge.Tor];
        await client.Tor.WaitForLogAsync("changed state: Configured -> Completed");
        int[] plaits = [.. tors.Select(tor => tor.PlaitId)];
        int[] before = await IdleAsync(plaits);
        door.Open();
        await client.BootstrappedAsync();

        var children = new Victims([.. plaits.Zip(logs)]);
        var random = new Random(1);
        var recoveries = new List<TimeSpan>();
        for (int i = 0; i < kills; i++)
        {
            Victim victim = await children.ChooseAsync(random);
            TorProcess tor = tors[Array.IndexOf(plaits, victim.Plait)];
            int restarts = Restarts(tor);
            Task<string> underWay = client.DownloadAsync(Large);
            await WaitForTrafficAsync(bridge);
            long killed = Stopwatch.GetTimestamp();
            victim.Kill();
            await children.WaitForSuccessorAsync(victim);
            await tor.Log.WaitForAsync(_ => Restarts(tor) > restarts, $"tor is told of the restart after kill {i + 1}, of {victim}");
            Assert.NotEqual(s_large, await EndAsync(underWay)); // it went through the child
            await DownloadAgainAsync(client);
            recoveries.Add(Stopwatch.GetElapsedTime(killed));
        }

        recoveries.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills at {children.Places} places under tor: its traffic was back after {recoveries[kills / 2].TotalMilliseconds:0} ms in the median, "
            + $"{recoveries[^1].TotalMilliseconds:0} ms at most"));
        Assert.Equal(plaits, tors.Select(tor => tor.PlaitId));
        Assert.All(tors, AssertStartedOnce);
        door.Shut();
        int[] after = [];
        await Deadline.PollAsync( // a socket whose connection is over has its descriptor for a moment longer
            () => (after = Idle(plaits) ?? after).SequenceEqual(before) ? after : null, "as many sockets and pipes as before", null,
            () => $"{string.Join(" and ", before)} before, {string.Join(" and ", after)} after");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static int Restarts(TorProcess tor) => tor.Log.Count(line => line.Contains("CHILD=\"Restarted\"", StringComparison.Ordinal));

    private static async Task WaitForTrafficAsync(TorBridge bridge)
    {
        long before = Written();
        await bridge.Control.Events.WaitForAsync(_ => Written() > before + (4 * Small), "a download is under way"); // the counts are a second old, and may still hold the small one

        long Written() => bridge.Control.Connections.Sum(connection => connection.Written);
    }

    /// <summary>
    /// Downloads until it has worked: tor tries its bridge again when it likes, and gives up streams whose circuits broke.
    /// </summary>
    private static async Task DownloadAgainAsync(TorClient client)
    {
        using var limit = new CancellationTokenSource();
        try
        {
            await TryAsync(limit.Token).Within("tor's traffic comes back", s_recovery, client.Tor.Log.Tail);
        }
        finally
        {
            await limit.CancelAsync();
        }

        async Task TryAsync(CancellationToken enough)
        {
            using var pace = new PeriodicTimer(s_pace);
            while (await EndAsync(client.DownloadAsync(Small)) != s_small)
            {
                await pace.WaitForNextTickAsync(enough);
            }
        }
    }

    /// <summary>The hash of what came; null of a download that tor refused or reset, as its circuit was gone.</summary>
    private static async Task<string?> EndAsync(Task<string> download)
    {
        try
        {
            return await download;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Waits until no connection is left.</summary>
    /// <returns>How many sockets and pipes each Plait has then.</returns>
    private static Task<int[]> IdleAsync(int[] plaits) => Deadline.PollAsync(() => Idle(plaits), "no connection is left at any Plait");

    /// <summary>The sockets and pipes of each; null while one of them has a connection.</summary>
    private static int[]? Idle(int[] plaits) => Array.Exists(plaits, HasConnections) ? null : [.. plaits.Select(ProcessTree.SocketsAndPipes)];

    /// <summary>Whether it has a TCP socket that does not merely listen.</summary>
    private static bool HasConnections(int pid)
    {
        const string Listening = "0A"; // TCP_LISTEN, linux/tcp_states.h
        HashSet<string> own = [.. new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos().Select(entry => entry.LinkTarget ?? "")];
        return File.ReadLines("/proc/net/tcp").Skip(1) // proc(5): the state is the fourth field, the inode the tenth
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(fields => fields[3] != Listening && own.Contains($"socket:[{fields[9]}]"));
    }

    /// <summary>What tor says of a managed proxy that it starts, and of none that it ends or loses.</summary>
    private static void AssertStartedOnce(TorProcess tor)
    {
        Assert.Single(tor.Log, line => line.EndsWith("changed state: Waiting -> Launched", StringComparison.Ordinal));
        Assert.DoesNotContain(tor.Log, line => s_ends.Any(end => line.Contains(end, StringComparison.Ordinal)));
    }
}
