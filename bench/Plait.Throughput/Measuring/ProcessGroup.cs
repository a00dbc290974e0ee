namespace Plait.Throughput.Measuring;

/// <summary>Processes whose processor time is one figure of a table.</summary>
/// <param name="Label">Its name there.</param>
/// <param name="Members">Their ids, asked for at each reading: socat makes a process for each connection.</param>
internal sealed record ProcessGroup(string Label, Func<IReadOnlyList<int>> Members)
{
    /// <summary>One process, without those below it.</summary>
    internal static ProcessGroup Of(string label, params int[] pids) => new(label, () => pids);

    /// <summary>The processes below others.</summary>
    internal static ProcessGroup Below(string label, IReadOnlyList<int> pids) =>
        new(label, () => [.. pids.SelectMany(ProcessFacts.Descendants)]);

    /// <summary>Processor time of each member.</summary>
    internal IReadOnlyDictionary<int, TimeSpan> Read() => Members().ToDictionary(pid => pid, ProcessorClock.Read);

    /// <summary>What the members have used since an earlier reading; a new member began at zero.</summary>
    internal TimeSpan Since(IReadOnlyDictionary<int, TimeSpan> earlier) =>
        Read().Aggregate(TimeSpan.Zero, (sum, member) => sum + member.Value - earlier.GetValueOrDefault(member.Key));
}
