using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Soak;

/// <summary>
/// Connections of mixed sizes over a two-hop chain of real transports, every byte verified; memory and descriptors flat
/// once warm. <c>eng/soak MINUTES</c> runs the long form (PLAIT_SOAK_MINUTES).
/// </summary>
public class SoakTests(ITestOutputHelper output)
{
    private const int AtATime = 16;
    private const int ShortBatch = 100;
    private const int LongBatch = 1000;
    private const int ShortBatches = 3;

    // Between two readings of one process the garbage collector's own mind makes a few MiB of difference. A leak of a buffer
    // (64 KiB) shows after 512 connections, one of an object or two (1 KiB) in the ten minutes' form.
    private const long MemoryAllowance = 32L << 20;

    // Relays may keep a few pipes for the next to use. One descriptor that each connection leaves is many times this.
    private const int DescriptorAllowance = 32;

    private static TimeSpan? LongForm =>
        int.TryParse(Environment.GetEnvironmentVariable("PLAIT_SOAK_MINUTES"), out int minutes)
            ? TimeSpan.FromMinutes(minutes)
            : null;

    [Fact]
    public async Task Load_MixedConnections_EveryByteArrivesAndNothingGrows()
    {
        await using PublishedPair pair = await PublishedPair.StartAsync(Plaitrc.Obfs4Proxy());
        long started = Stopwatch.GetTimestamp();
        var soak = new MixedLoad(pair);
        int batch = LongForm is null ? ShortBatch : LongBatch;

        await RunBatchAsync(); // whatever is made once is made by now
        Reading warm = await ReadAtRestAsync(pair);
        Report(warm);
        var readings = new List<Reading>();
        while (LongForm is { } length ? Stopwatch.GetElapsedTime(started) < length : readings.Count < ShortBatches)
        {
            await RunBatchAsync();
            readings.Add(await ReadAtRestAsync(pair));
            Report(readings[^1]);
        }

        for (int process = 0; process < pair.Ids.Count; process++)
        {
            int more = readings[^1].Descriptors[process] - warm.Descriptors[process];
            Assert.True(more <= DescriptorAllowance, $"process {process} has {more} descriptors more than when it was warm");
            long growth = Median(readings, process) - warm.Memory[process];
            Assert.True(growth <= MemoryAllowance, $"process {process} has grown by {growth >> 10} KiB");
        }

        async Task RunBatchAsync()
        {
            await soak.RunAsync(batch, AtATime);
            Assert.True(soak.Failures.Count == 0, $"{soak.Failures.Tail()}\n{pair.Said()}");
        }

        void Report(Reading reading) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(started):mm\\:ss}  {soak.Connections} connections ({soak.Aborted} cut short), "
            + $"{soak.Bytes / 1e6:0} MB verified; "
            + $"memory {string.Join(" and ", reading.Memory.Select(bytes => $"{bytes >> 10} KiB"))}, "
            + $"descriptors {string.Join(" and ", reading.Descriptors)}"));
    }

    /// <summary>Waits until no connection is left, then reads: the client's figures first.</summary>
    private static async Task<Reading> ReadAtRestAsync(PublishedPair pair)
    {
        await pair.Tor.WaitForOpenAsync(0);
        int[] last = [];
        string settled = await Deadline.PollAsync(
            () =>
            {
                int[] now = [.. pair.Ids.Select(DescriptorsInUse)];
                bool same = now.SequenceEqual(last);
                last = now;
                return same ? "settled" : null;
            },
            "the descriptors settle");
        Assert.Equal("settled", settled);
        return new([.. pair.Ids.Select(ProcessTree.ResidentBytes)], last);
    }

    private static long Median(List<Reading> readings, int process) =>
        readings.Select(reading => reading.Memory[process]).Skip(readings.Count / 2).Order()
            .ElementAt((readings.Count - readings.Count / 2) / 2);

    /// <summary>Sockets, pipes and the like. Not files: the runtime keeps assemblies open, and loads some late.</summary>
    private static int DescriptorsInUse(int pid) => new DirectoryInfo($"/proc/{pid}/fd").EnumerateFileSystemInfos()
        .Count(descriptor => descriptor.LinkTarget is { } target && !target.StartsWith('/'));

    private sealed record Reading(long[] Memory, int[] Descriptors);
}
