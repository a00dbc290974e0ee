using Plait.Fuzz;
using Plait.Fuzz.Engine;
using Plait.Fuzz.Listeners;
using Xunit;

namespace Plait.Tests.Fuzzing;

/// <summary>
/// Every target of eng/fuzz for a moment: the whole corpus, then some inputs of its own making, the same ones each time.
/// What eng/fuzz has found is in the corpus, and tested by name beside the other tests of its parser.
/// </summary>
public class ShortRunTests
{
    private const int Seed = 1;

    // The heap is that of all tests that run at the same time.
    private static readonly FuzzLimits s_limits = new() { LookInterval = TimeSpan.FromDays(1) };

    private static readonly string s_corpus = Path.Combine(AppContext.BaseDirectory, "corpus");

    public static TheoryData<string> Names => [.. Targets.Create("all").Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Run_CorpusAndSomeMore_TheInvariantHolds(string name)
    {
        await using FuzzTarget target = Targets.Create(name).Single();
        Assert.SkipWhen(OperatingSystem.IsWindows() && target is ListenerTarget, "its child is a shell script");
        using var run = new FuzzRun(target, Seed, s_limits, found => { });
        run.RunCorpus(CorpusFolder.Read(Path.Combine(s_corpus, name)).Select(entry => entry.Input));
        run.RunCount(target.ShortRuns);
        Assert.Empty(run.Figures.Findings.Select(finding => $"{finding.Details}\n{Convert.ToBase64String(finding.Input)}"));
        Assert.InRange(run.Figures.FromCorpus, 2, int.MaxValue);
    }

    [Fact]
    public void Corpus_EachFolder_IsATargets() => Assert.Equal(
        Targets.Create("all").Select(target => target.Name).Order(),
        Directory.EnumerateDirectories(s_corpus).Select(Path.GetFileName).Order());

    [Fact]
    public void Targets_Each_StatesItsInvariant() =>
        Assert.All(Targets.Create("all"), target => Assert.InRange(target.Invariant.Length, 20, 250));
}
