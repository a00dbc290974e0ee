using System.Globalization;

namespace Plait.Fuzz.Engine;

/// <summary>What a run did, in numbers.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Runs">Inputs taken.</param>
/// <param name="Time">Running time.</param>
/// <param name="Behaviours">Different behaviours seen.</param>
/// <param name="FromCorpus">How many of them the corpus showed already.</param>
/// <param name="Longest">The longest single run.</param>
/// <param name="Growth">By how much the managed heap grew, the inputs kept apart, in bytes.</param>
/// <param name="WorkingSet">The process's memory at the end, in bytes.</param>
/// <param name="Findings">What was found.</param>
internal sealed record FuzzFigures(
    string Target, long Runs, TimeSpan Time, int Behaviours, int FromCorpus, TimeSpan Longest, long Growth, long WorkingSet,
    IReadOnlyList<Finding> Findings)
{
    private const double Mebi = 1 << 20;

    /// <summary>One line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Target}: {Runs} runs in {Time.TotalMinutes:0.0} min, {Behaviours} behaviours ({FromCorpus} of the corpus), "
        + $"longest run {Longest.TotalMilliseconds:0.#} ms, heap {Growth / Mebi:+0.0;-0.0;+0.0} MiB, "
        + $"process {WorkingSet / Mebi:0} MiB, {Findings.Count} findings");
}
