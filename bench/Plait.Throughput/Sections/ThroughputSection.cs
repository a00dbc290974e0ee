using System.Diagnostics;
using Plait.Throughput.Contenders;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>
/// Throughput and processor time of some contenders, in rounds in which each has its turn, so that what else the machine
/// does meets all alike. Ratios are taken within a round; the median over the rounds counts.
/// </summary>
internal sealed class ThroughputSection(Scale scale, Action<string> progress)
{
    private static readonly int[] s_streamCounts = [1, 16];

    /// <summary>Measures the contenders.</summary>
    /// <param name="contenders">In the order of the table.</param>
    /// <param name="against">The name of what each is compared with; null for none.</param>
    internal IReadOnlyList<ThroughputRow> Run(IReadOnlyList<Contender> contenders, Func<Contender, string?> against)
    {
        var rounds = new List<Dictionary<(string Name, int Streams), Sample>>();
        for (int round = 0; round <= scale.Rounds; round++)
        {
            progress(round == 0 ? "warming up" : $"round {round} of {scale.Rounds}");
            var samples = new Dictionary<(string, int), Sample>();
            foreach (int streams in s_streamCounts)
            {
                for (int turn = 0; turn < contenders.Count; turn++)
                {
                    Contender contender = contenders[(turn + round) % contenders.Count]; // none always comes after the same
                    samples[(contender.Name, streams)] = Measure(contender, streams);
                }
            }

            if (round > 0)
            {
                rounds.Add(samples);
            }
        }

        return [.. from contender in contenders
                   from streams in s_streamCounts
                   select Summarize(rounds, contender.Name, streams, against(contender))];
    }

    private Sample Measure(Contender contender, int count)
    {
        Sample sample;
        using (var streams = new Streams(count, contender.Open))
        {
            Thread.Sleep(scale.WarmUp);
            IReadOnlyList<ProcessGroup> groups = contender.Processes;
            IReadOnlyDictionary<int, TimeSpan>[] before = [.. groups.Select(group => group.Read())];
            long bytes = contender.Sink.Bytes;
            long started = Stopwatch.GetTimestamp();
            Thread.Sleep(scale.Window);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            double gigabytes = (contender.Sink.Bytes - bytes) / 1e9;
            sample = new(
                gigabytes / elapsed.TotalSeconds,
                [.. groups.Select((group, i) =>
                    new ProcessCost(group.Label, group.Since(before[i]).TotalMilliseconds / gigabytes))]);
        }

        contender.Sink.WaitUntilEmpty();
        return sample;
    }

    private static ThroughputRow Summarize(
        List<Dictionary<(string Name, int Streams), Sample>> rounds, string name, int streams, string? against)
    {
        Sample[] own = [.. rounds.Select(round => round[(name, streams)])];
        double? throughputRatio = null;
        double? costRatio = null;
        if (against is not null)
        {
            Sample[] other = [.. rounds.Select(round => round[(against, streams)])];
            throughputRatio = own.Zip(other, (one, two) => one.GigabytesPerSecond / two.GigabytesPerSecond).Median();
            double cost = own.Zip(other, (one, two) => one.TotalCost / two.TotalCost).Median();
            costRatio = own[0].Processes.Length > 0 && double.IsFinite(cost) ? cost : null;
        }

        return new(
            name,
            streams,
            own.Select(sample => sample.GigabytesPerSecond).Median(),
            [.. own[0].Processes.Select((process, i) =>
                new ProcessCost(process.Label, own.Select(sample => sample.Processes[i].MillisecondsPerGigabyte).Median()))],
            against,
            throughputRatio,
            costRatio);
    }

    private sealed record Sample(double GigabytesPerSecond, ProcessCost[] Processes)
    {
        internal double TotalCost => Processes.Sum(process => process.MillisecondsPerGigabyte);
    }
}
