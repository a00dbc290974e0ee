using Plait.Fuzz.Engine;

namespace Plait.Fuzz;

/// <summary>Targets one after the other, each for its time; findings and figures are printed as they come.</summary>
/// <param name="corpus">The folder with a corpus for each target.</param>
/// <param name="output">Where findings go (<c>findings</c>), and inputs worth going on from (<c>corpus</c>).</param>
/// <param name="log">Where the figures go.</param>
internal sealed class FuzzSession(string corpus, string output, TextWriter log)
{
    /// <summary>Runs them.</summary>
    /// <returns>Whether nothing was found.</returns>
    internal async Task<bool> RunAsync(IReadOnlyList<FuzzTarget> targets, TimeSpan time, int seed)
    {
        bool clean = true;
        foreach (FuzzTarget target in targets)
        {
            await using (target)
            {
                clean &= Run(target, time, seed);
            }
        }

        return clean;
    }

    /// <summary>
    /// Copies into the corpus what earlier runs kept and the corpus does not show: for each behaviour one input, the
    /// shortest ones first.
    /// </summary>
    /// <param name="target">Whose.</param>
    /// <param name="most">How many at most.</param>
    internal void Adopt(FuzzTarget target, int most)
    {
        using var run = new FuzzRun(target, seed: 0, new(), Report);
        run.RunCorpus(Seeds(target.Name).Select(seed => seed.Input));
        int before = run.Corpus.Count;
        run.RunCorpus(CorpusFolder.Read(Path.Combine(output, "corpus", target.Name)).Select(entry => entry.Input));
        (string Behaviour, byte[] Input)[] adopted =
            [.. run.Corpus.Entries.Skip(before).OrderBy(entry => entry.Input.Length).Take(most)];
        foreach ((string behaviour, byte[] input) in adopted)
        {
            CorpusFolder.Write(Path.Combine(corpus, target.Name), behaviour, input);
        }

        log.WriteLine($"{target.Name}: {adopted.Length} adopted, {before} behaviours before");
    }

    private bool Run(FuzzTarget target, TimeSpan time, int seed)
    {
        string kept = Path.Combine(output, "corpus", target.Name);
        using var run = new FuzzRun(target, seed, new(), Report);
        run.RunCorpus(Seeds(target.Name).Select(seed => seed.Input));
        run.RunCorpus(CorpusFolder.Read(kept).Select(entry => entry.Input)); // where the last run left off
        run.RunFor(time);
        FuzzFigures figures = run.Figures;
        if (Directory.Exists(kept))
        {
            Directory.Delete(kept, recursive: true);
        }

        foreach ((string behaviour, byte[] input) in run.Corpus.Entries)
        {
            CorpusFolder.Write(kept, behaviour, input);
        }

        log.WriteLine($"{figures}, seed {seed}");
        return figures.Findings.Count == 0;
    }

    private IReadOnlyList<(string Name, byte[] Input)> Seeds(string target) => CorpusFolder.Read(Path.Combine(corpus, target));

    private void Report(Finding finding)
    {
        string path = finding.Write(Path.Combine(output, "findings"));
        log.WriteLine($"FOUND {finding.Target}: {finding.Details.Split('\n')[0]}\n    {path}");
        log.Flush();
        if (finding.Kind == Finding.Hang)
        {
            Environment.Exit(1); // the thread that runs it cannot be taken back
        }
    }
}
