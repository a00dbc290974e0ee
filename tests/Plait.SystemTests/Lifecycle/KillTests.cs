using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Plait.Processes;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Soak;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Children are killed under load, at random hops of both sides of a chain of real transports, each hop a program of its own:
/// connections that are opened once the chain works again succeed, Plait itself never ends, and nothing is left behind.
/// PLAIT_KILLS=100 runs the long form.
/// </summary>
public class KillTests(ITestOutputHelper output)
{
    private const int ShortForm = 10;
    private const int AtATime = 8;
    private const int OpeningsAfterRecovery = 10;

    // Relays may keep a few pipes for the next to use; connections of a killed child may linger for a moment.
    private const int DescriptorAllowance = 32;

    // What a recovery may take on a machine that is left alone; on others the figures say how it was.
    private static readonly TimeSpan s_aim = TimeSpan.FromSeconds(2);

    private static int Kills =>
        int.TryParse(Environment.GetEnvironmentVariable("PLAIT_KILLS"), out int number) ? number : ShortForm;

    [Fact]
    public async Task ChildrenAreKilledUnderLoad_WhatIsOpenedAfterRecoverySucceeds()
    {
        int kills = Kills;
        string program = Programs.Require("obfs4proxy");
        await using PublishedPair pair = await PublishedPair.StartAsync($"""
            ClientTransportPlugin obfs3 exec {program}
            ClientTransportPlugin obfs4 exec {program} -logLevel ERROR
            ServerTransportPlugin obfs3 exec {program}
            ServerTransportPlugin obfs4 exec {program} -logLevel ERROR

            """);
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

    /// <summary>A child: which Plait's, which hop's, and since when it is known.</summary>
    private sealed record Victim(int Plait, string Hop, int Id, long Since)
    {
        internal void Kill()
        {
            using var process = Process.GetProcessById(Id);
            process.Kill();
        }

        public override string ToString() => $"the child at {Hop} of process {Plait}";
    }

    /// <summary>The children of some processes of Plait.</summary>
    private sealed class Victims(IReadOnlyList<int> plaits)
    {
        private readonly Dictionary<int, Victim> _known = [];

        internal int Places => _known.Values.Select(victim => (victim.Plait, victim.Hop)).Distinct().Count();

        internal List<Victim> Alive()
        {
            foreach ((int plait, int id) in plaits.SelectMany(plait => ProcessTree.Descendants(plait).Select(id => (plait, id))))
            {
                if (!_known.ContainsKey(id) && CommandLine(id) is var words && words.StartsWith(Programs.Require("obfs4proxy"), StringComparison.Ordinal))
                {
                    _known[id] = new(plait, words.Contains("-logLevel", StringComparison.Ordinal) ? "obfs4" : "obfs3", id, Stopwatch.GetTimestamp());
                }
            }

            return [.. _known.Values.Where(victim => ProcessTree.IsAlive(victim.Id))];
        }

        /// <summary>One at random that has been working; one that dies sooner is a crash loop, and backs off on purpose.</summary>
        internal async Task<Victim> ChooseAsync(Random random)
        {
            List<Victim> steady = await Deadline.PollAsync(
                () => Alive().FindAll(victim => Stopwatch.GetElapsedTime(victim.Since) > RestartHistory.Steady) is { Count: > 0 } some ? some : null,
                "a child has lived for a while");
            return steady[random.Next(steady.Count)];
        }

        internal Task WaitForSuccessorAsync(Victim victim) => Deadline.PollAsync(
            () => Alive().Find(other => (other.Plait, other.Hop) == (victim.Plait, victim.Hop) && other.Id != victim.Id),
            $"a successor of {victim}");

        private static string CommandLine(int id)
        {
            try
            {
                return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
            }
            catch (IOException)
            {
                return ""; // it has gone
            }
        }
    }
}
