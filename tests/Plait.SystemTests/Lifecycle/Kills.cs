using System.Diagnostics;
using System.Globalization;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Neighbours;
using Plait.SystemTests.Soak;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Kills children under load, at random places of both sides of a chain: connections that are opened once the chain works again succeed, Plait
/// itself never ends, and nothing is left: no descriptor, no process, no port, no file.
/// </summary>
internal static class Kills
{
    private const int AtATime = 8;
    private const int OpeningsAfterRecovery = 10;

    // Relays may keep a few pipes for the next to use; connections of a killed child may linger for a moment.
    private const int DescriptorAllowance = 32;

    // What a recovery may take on a machine that is left alone; on others the figures say how it was.
    private static readonly TimeSpan s_aim = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(PublishedPair pair, int kills, ITestOutputHelper output)
    {
        var load = new KillLoad(pair.OpenAsync, pair.Said);
        var children = new Victims([.. pair.Ids.Zip(pair.EventLogs)]);
        using var enough = new CancellationTokenSource();
        Task working = load.RunAsync(AtATime, enough.Token);
        await load.WaitForSuccessesAsync(AtATime);
        Standing before = Standing.Of(pair, children);

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
        await AssertNothingLeftAsync(pair, children, before, output);
    }

    private static async Task AssertNothingLeftAsync(PublishedPair pair, Victims children, Standing before, ITestOutputHelper output)
    {
        await pair.Tor.WaitForOpenAsync(0);
        Standing after = await Deadline.PollAsync(
            () => Standing.Of(pair, children) is var now && now.IsBack(before) ? now : null,
            "nothing is left", details: () => $"before: {before}\nnow: {Standing.Of(pair, children)}\nother files: {string.Join(' ', pair.StateFiles.Except(before.Files))}");
        output.WriteLine($"before: {before}\nafter: {after}");
        Assert.All(pair.Hosts, plait =>
        {
            Assert.False(plait.Program.Exited.IsCompleted); // tor would start it anew
            Assert.Equal("METHODS DONE", plait.Lines.Last(line => line.Contains("METHOD", StringComparison.Ordinal))[1..]); // M25
        });
    }

    /// <summary>What the processes of Plait hold.</summary>
    /// <param name="Descriptors">Of each.</param>
    /// <param name="Children">Those that Plait started and that live.</param>
    /// <param name="Processes">Those of the children's groups, what they have forked among them. While connections are open there are more.</param>
    /// <param name="Ports">Where each Plait listens.</param>
    /// <param name="Files">Of the state of both.</param>
    private sealed record Standing(int[] Descriptors, int Children, int Processes, int[] Ports, string[] Files)
    {
        public static Standing Of(PublishedPair pair, Victims children)
        {
            int alive = children.Alive().Count;
            return new(
                [.. pair.Ids.Select(ProcessTree.DescriptorCount)], alive, ProcessTree.InGroups(children.Ids).Count,
                [.. pair.Ids.Select(id => ListeningPorts.Of(id).Count)], [.. pair.StateFiles.Order()]);
        }

        public bool IsBack(Standing before) => Descriptors.Zip(before.Descriptors).All(each => each.First <= each.Second + DescriptorAllowance)
            && Children == before.Children && Processes == Children
            && Ports.Zip(before.Ports).All(each => each.First <= each.Second) && Files.SequenceEqual(before.Files);

        public override string ToString() =>
            $"descriptors {string.Join(" and ", Descriptors)}, {Children} children, {Processes} processes of theirs, ports {string.Join(" and ", Ports)}, {Files.Length} files";
    }
}
