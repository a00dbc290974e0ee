using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Libraries;
using Plait.SystemTests.Soak;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Children are killed under load, at random hops of both sides of a chain of real transports, each hop a program of its own:
/// connections that are opened once the chain works again succeed, Plait itself never ends, and nothing is left.
/// PLAIT_KILLS=100 runs the long form.
/// </summary>
public class KillTests(ITestOutputHelper output)
{
    private const int ShortForm = 10;
    private const int ShortFormOfLibraries = 3;
    private const int AtATime = 8;
    private const int OpeningsAfterRecovery = 10;

    // Relays may keep a few pipes for the next to use; connections of a killed child may linger for a moment.
    private const int DescriptorAllowance = 32;

    // What a recovery may take on a machine that is left alone; on others the figures say how it was.
    private static readonly TimeSpan s_aim = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Open_ChildrenAreKilledUnderLoad_SucceedsAfterRecovery()
    {
        await using PublishedPair pair = await PublishedPair.StartAsync(Victims.Plaitrc);
        await KillAsync(pair, Victims.KillsOr(ShortForm));
    }

    /// <summary>The same of a chain with a shared library, whose process is Plait's own program.</summary>
    [Fact]
    public async Task Open_HostsOfLibrariesAreKilledUnderLoad_SucceedsAfterRecovery()
    {
        await using PublishedPair pair = await PublishedPair.StartChainAsync("xor_obfs4", Victims.LibraryPlaitrc(await CompiledLibraries.SampleAsync()));
        await KillAsync(pair, Victims.KillsOr(ShortFormOfLibraries));
    }

    private async Task KillAsync(PublishedPair pair, int kills)
    {
        var load = new KillLoad(pair);
        var children = new Victims(pair.Ids);
        using var enough = new CancellationTokenSource();
        Task working = load.RunAsync(AtATime, enough.Token);
        await load.WaitForSuccessesAsync(AtATime);
        int[] before = [.. pair.Ids.Select(ProcessTree.DescriptorCount)];

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
            Assert.True(load.Failures.Count == 0, $"after kill {i + 1}, of {victim}: {load.Failures.Tail()}\n{pair.Said()}");
        }

        await enough.CancelAsync();
        await working.Within("the end of the load");
        recoveries.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills at {children.Places} places: recovery median {recoveries[kills / 2].TotalMilliseconds:0} ms, longest "
            + $"{recoveries[^1].TotalMilliseconds:0} ms, {recoveries.Count(recovery => recovery <= s_aim)} within {s_aim.TotalSeconds} s; {load.Succeeded} connections verified, {load.Lost} lost in outages, {load.Failures.Count} failed outside them"));
        await AssertNothingLeftAsync(pair, children, before);
    }

    private async Task AssertNothingLeftAsync(PublishedPair pair, Victims children, int[] before)
    {
        await pair.Tor.WaitForOpenAsync(0);
        string after = await Deadline.PollAsync(
            () => pair.Ids.Select(ProcessTree.DescriptorCount).ToArray() is var now && now.Zip(before).All(pair => pair.First <= pair.Second + DescriptorAllowance)
                ? string.Join(" and ", now)
                : null,
            "the descriptors are back",
            details: () => $"{string.Join(", ", before)} before, {string.Join(", ", pair.Ids.Select(ProcessTree.DescriptorCount))} now");
        output.WriteLine($"descriptors {string.Join(" and ", before)} under load before, {after} after");
        Assert.Equal(4, children.Alive().Count); // no more than at the start, and no fewer
        Assert.All(pair.Hosts, plait =>
        {
            Assert.False(plait.Program.Exited.IsCompleted); // tor would start it anew
            Assert.Equal("METHODS DONE", plait.Lines.Last(line => line.Contains("METHOD", StringComparison.Ordinal))[1..]); // M25
        });
    }
}
