using Plait.Fuzz.Engine;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Fuzzing;

/// <summary>The fuzzer itself, with targets that have a known fault. Alone: it looks at the heap of the process, which other tests change.</summary>
[CollectionDefinition(nameof(FuzzRunTests), DisableParallelization = true)]
[Collection(nameof(FuzzRunTests))]
public class FuzzRunTests
{
    [Fact]
    public void RunCount_FaultAfterSteps_IsFoundAndMadeSmall()
    {
        // Each step is a behaviour of its own, so the fault is found by going on from what was new.
        using FuzzRun run = Run(input =>
        {
            string text = Text.Of(input);
            Check.That(!text.Contains("abcd", StringComparison.Ordinal), "there is no abcd");
            return new[] { "abc", "ab", "a" }.FirstOrDefault(part => text.Contains(part, StringComparison.Ordinal)) ?? "";
        });
        run.RunCorpus(["some input to begin with"u8.ToArray()]);
        run.RunCount(100_000);
        Finding finding = Assert.Single(run.Figures.Findings);
        Assert.Equal(("there is no abcd", "abcd"), (finding.Details, Text.Of(finding.Input)));
    }

    [Fact]
    public void RunCount_SameSeed_SameInputs()
    {
        Assert.Equal(Inputs(seed: 7), Inputs(seed: 7));
        Assert.NotEqual(Inputs(seed: 7), Inputs(seed: 8));

        static List<string> Inputs(int seed)
        {
            List<string> inputs = [];
            using FuzzRun run = Run(
                input =>
                {
                    inputs.Add(Convert.ToHexString(input));
                    return Behaviour.Size(input.Length);
                },
                seed);
            run.RunCount(200);
            return inputs;
        }
    }

    [Fact]
    public void Run_Exception_IsAFindingOnce()
    {
        using FuzzRun run = Run(input => input.Length > 3 ? throw new FormatException($"{input.Length} bytes") : "");
        run.RunCorpus([new byte[10], new byte[20]]);
        Finding finding = Assert.Single(run.Figures.Findings);
        Assert.Equal(4, finding.Input.Length);
        Assert.Contains("FormatException: 4 bytes", finding.Details, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TooMuchMemory_IsAFinding()
    {
        using FuzzRun run = Run(input => input.Length == 1 ? $"{new byte[1 << 20].Length}" : "");
        run.RunCorpus([[], [1], [1, 2]]);
        Assert.Single(Assert.Single(run.Figures.Findings).Input);
    }

    [Fact]
    public void RunCount_HeapThatGrows_IsAFinding()
    {
        List<byte[]> kept = [];
        var limits = new FuzzLimits { LookInterval = TimeSpan.Zero, Growth = 16 << 20 }; // far more than other tests of this process give back meanwhile
        using FuzzRun run = Run(
            input =>
            {
                kept.Add(new byte[800_000]);
                return "";
            },
            limits: limits);
        run.RunCount(40);
        Assert.Single(run.Figures.Findings, finding => finding.Kind == Finding.Growth); // besides, one run allocates too much
        Assert.True(kept.Count >= 40); // the input of that is made small by more runs
    }

    [Fact]
    public async Task Run_WithoutAnEnd_IsReported()
    {
        using var release = new ManualResetEventSlim();
        var told = new TaskCompletionSource<Finding>(TaskCreationOptions.RunContinuationsAsynchronously);
        using FuzzRun run = Run(
            input =>
            {
                release.Wait(Deadline.Token);
                return "";
            },
            limits: new() { Hang = TimeSpan.FromMilliseconds(1) },
            found: finding => told.TrySetResult(finding));
        Task running = Task.Run(() => run.RunCorpus([[1, 2, 3]]));
        Finding hang = await told.Task.Within("the run without an end is told");
        release.Set();
        await running.Within("the run ends");
        Assert.Equal((Finding.Hang, 3), (hang.Kind, hang.Input.Length));
    }

    private static FuzzRun Run(
        Func<byte[], string> behave, int seed = 1, FuzzLimits? limits = null, Action<Finding>? found = null) =>
        new(new PlainTarget(behave), seed, limits ?? new(), found ?? (_ => { }));

    private sealed class PlainTarget(Func<byte[], string> behave) : FuzzTarget
    {
        internal override string Name => "plain";

        internal override string Invariant => "whatever the test wants";

        internal override IReadOnlyList<string> Tokens { get; } = ["a", "b", "c", "d"];

        internal override int MaxLength => 64;

        internal override string Run(byte[] input) => behave(input);
    }
}
