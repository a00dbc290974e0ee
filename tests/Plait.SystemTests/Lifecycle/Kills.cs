using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Neighbours;

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

    public static async Task RunAsync(KilledPlaits plaits, int kills, ITestOutputHelper output)
    {
        var load = new KillLoad(plaits.Open, plaits.Said);
        var children = new Victims(plaits.Processes);
        using var enough = new CancellationTokenSource();
        Task working = load.RunAsync(AtATime, enough.Token);
        await load.WaitForSuccessesAsync(AtATime);
        Standing before = Standing.Of(plaits, children);

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
            Assert.True(load.Failures.Count == 0, $"after kill {i + 1}, of {victim}: {load.Failures.Tail()}\n{plaits.Said()}");
        }

        await enough.CancelAsync();
        await working.Within("the end of the load");
        recoveries.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills at {children.Places} places: recovery median {recoveries[kills / 2].TotalMilliseconds:0} ms, longest "
            + $"{recoveries[^1].TotalMilliseconds:0} ms, {recoveries.Count(recovery => recovery <= s_aim)} within {s_aim.TotalSeconds} s; {load.Succeeded} connections verified, {load.Lost} lost in outages, {load.Failures.Count} failed outside them"));
        await AssertNothingLeftAsync(plaits, children, before, output);
    }

    private static async Task AssertNothingLeftAsync(KilledPlaits plaits, Victims children, Standing before, ITestOutputHelper output)
    {
        await plaits.WaitForNoneOpen();
        Standing after = await Deadline.PollAsync(
            () => Standing.Of(plaits, children) is var now && now.IsBack(before) ? now : null,
            "nothing is left", details: () => $"before: {before}\nnow: {Standing.Of(plaits, children)}\nother files: {string.Join(' ', plaits.StateFiles().Except(before.Files))}");
        output.WriteLine($"before: {before}\nafter: {after}");
    }

    /// <summary>What the processes of Plait hold.</summary>
    /// <param name="Descriptors">Of each.</param>
    /// <param name="Children">Those that Plait started and that live.</param>
    /// <param name="Processes">Those of the children's groups, what they have forked among them. While connections are open there are more.</param>
    /// <param name="Ports">Where each Plait listens.</param>
    /// <param name="Files">Of the state of both.</param>
    private sealed record Standing(int[] Descriptors, int Children, int Processes, int[] Ports, string[] Files)
    {
        public static Standing Of(KilledPlaits plaits, Victims children)
        {
            int alive = children.Alive().Count;
            return new(
                [.. plaits.Processes.Select(plait => ProcessTree.DescriptorCount(plait.Id))], alive, ProcessTree.InGroups(children.Ids).Count,
                [.. plaits.Processes.Select(plait => ListeningPorts.Of(plait.Id).Count)], [.. plaits.StateFiles().Order()]);
        }

        public bool IsBack(Standing before) => Descriptors.Zip(before.Descriptors).All(each => each.First <= each.Second + DescriptorAllowance)
            && Children == before.Children && Processes == Children
            && Ports.Zip(before.Ports).All(each => each.First <= each.Second) && Files.SequenceEqual(before.Files);

        public override string ToString() =>
            $"descriptors {string.Join(" and ", Descriptors)}, {Children} children, {Processes} processes of theirs, ports {string.Join(" and ", Ports)}, {Files.Length} files";
    }
}

/// <summary>Processes of Plait whose children are killed.</summary>
/// <param name="Processes">Each, with its event log.</param>
/// <param name="Open">Opens a connection through them, to an echo.</param>
/// <param name="Said">What they said, for the message of a failure.</param>
/// <param name="WaitForNoneOpen">Waits until the echo has no connection.</param>
/// <param name="StateFiles">The files of their state.</param>
internal sealed record KilledPlaits(
    IReadOnlyList<(int Id, string EventLog)> Processes, Func<Task<Socket>> Open, Func<string> Said, Func<Task> WaitForNoneOpen, Func<IEnumerable<string>> StateFiles);
