using System.Diagnostics;
using System.Globalization;
using System.Net;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Lifecycle;

namespace Plait.SystemTests.Tunnels;

/// <summary>
/// Children of both ends of a tunnel are killed under load, at random: connections that are opened once it works again succeed, neither end
/// ever ends, and nothing is left. PLAIT_KILLS=100 runs the long form.
/// </summary>
[Trait("Runs", "beside")]
public class TunnelKillTests(ITestOutputHelper output)
{
    private const int ShortForm = 3;
    private const int AtATime = 6;
    private const int OpeningsAfterRecovery = 10;
    private const int DescriptorAllowance = 32; // as of KillTests: relays may keep a few pipes

    [Fact]
    public async Task Open_ChildrenAreKilledUnderLoad_SucceedsAfterRecovery()
    {
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(TunnelForm.Programs, "--forward", service.EndPoint.ToString());
        (RunningProgram near, IPEndPoint address) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        int[] ids = [near.Id, pair.Far.Id];
        var load = new KillLoad(() => TunnelPair.DialAsync(address), () => $"{near.ErrorLines.Tail()}\n{pair.Far.ErrorLines.Tail()}");
        var children = new Victims(ids);
        using var enough = new CancellationTokenSource();
        Task working = load.RunAsync(AtATime, enough.Token);
        await load.WaitForSuccessesAsync(AtATime);
        int[] before = [.. ids.Select(ProcessTree.DescriptorCount)];

        int kills = Victims.KillsOr(ShortForm);
        var recoveries = new List<TimeSpan>();
        var random = new Random(1);
        for (int i = 0; i < kills; i++)
        {
            Victim victim = await children.ChooseAsync(random);
            load.BeginOutage();
            long killed = Stopwatch.GetTimestamp();
            victim.Kill();
            await children.WaitForSuccessorAsync(victim);
            await load.WaitUntilItOpensAsync();
            recoveries.Add(Stopwatch.GetElapsedTime(killed));
            load.EndOutage();
            await load.WaitForSuccessesAsync(OpeningsAfterRecovery);
            Assert.True(load.Failures.Count == 0, $"after kill {i + 1}, of {victim}: {load.Failures.Tail()}\n{near.ErrorLines.Tail()}\n{pair.Far.ErrorLines.Tail()}");
        }

        await enough.CancelAsync();
        await working.Within("the end of the load");
        recoveries.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills at {children.Places} places: recovery median {recoveries[kills / 2].TotalMilliseconds:0} ms, longest {recoveries[^1].TotalMilliseconds:0} ms; {load.Succeeded} connections verified, {load.Lost} lost in outages"));
        await service.WaitForOpenAsync(0);
        await Deadline.PollAsync(
            () => ids.Select(ProcessTree.DescriptorCount).Zip(before).All(each => each.First <= each.Second + DescriptorAllowance) ? ids : null,
            "the descriptors are back");
        Assert.Equal(4, children.Alive().Count); // no more than at the start, and no fewer
        Assert.False(near.Exited.IsCompleted);
        Assert.False(pair.Far.Exited.IsCompleted);
        List<Victim> left = children.Alive();
        near.Terminate();
        pair.Far.Terminate();
        Assert.Equal(0, await near.WaitForExitAsync());
        Assert.Equal(0, await pair.Far.WaitForExitAsync());
        await ProcessTree.WaitUntilGoneAsync([.. left.Select(child => child.Id)]);
    }
}
