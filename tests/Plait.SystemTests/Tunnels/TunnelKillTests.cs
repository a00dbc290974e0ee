using System.Net;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Lifecycle;

namespace Plait.SystemTests.Tunnels;

/// <summary>
/// Children of both ends of a tunnel are killed under load, at random: connections that are opened once it works again succeed, neither end
/// ever ends, and nothing is left. PLAIT_KILLS=100 runs the long form.
/// </summary>
public class TunnelKillTests(ITestOutputHelper output)
{
    private const int ShortForm = 3;

    [Fact]
    public async Task Open_ChildrenAreKilledUnderLoad_SucceedsAfterRecovery()
    {
        string folder = Directory.CreateTempSubdirectory("plait-tunnel-kills-").FullName;
        string farLog = Path.Combine(folder, "far.jsonl");
        string nearLog = Path.Combine(folder, "near.jsonl");
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(
            TunnelForm.Programs, "--forward", service.EndPoint.ToString(), "--event-log", farLog);
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync("--event-log", nearLog);
        await using RunningProgram closed = near;

        await Kills.RunAsync(
            new(
                [(near.Id, nearLog), (pair.Far.Id, farLog)],
                () => TunnelPair.DialAsync(address),
                () => $"{near.ErrorLines.Tail()}\n{pair.Far.ErrorLines.Tail()}",
                () => service.WaitForOpenAsync(0),
                () => Directory.EnumerateFiles(pair.PathOf("state"), "*", SearchOption.AllDirectories)),
            Victims.KillsOr(ShortForm), output);

        Assert.False(near.Exited.IsCompleted);
        Assert.False(pair.Far.Exited.IsCompleted);
        int[] left = [.. ProcessTree.Descendants(near.Id), .. ProcessTree.Descendants(pair.Far.Id)];
        near.Terminate();
        pair.Far.Terminate();
        Assert.Equal(0, await near.WaitForExitAsync());
        Assert.Equal(0, await pair.Far.WaitForExitAsync());
        await ProcessTree.WaitUntilGoneAsync(left);
        Directory.Delete(folder, recursive: true);
    }
}
