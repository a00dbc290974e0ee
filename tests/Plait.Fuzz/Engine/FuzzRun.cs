using System.Diagnostics;

namespace Plait.Fuzz.Engine;

/// <summary>
/// Runs one target: its corpus first, then inputs made from those that behaved in a new way. An exception, an invariant
/// that breaks, a run without an end, a run that takes too much memory, and a heap that grows from run to run are findings.
/// </summary>
/// <remarks>A seed and a number of runs give the same inputs each time; a time does not.</remarks>
internal sealed class FuzzRun : IDisposable
{
    private const int MostFindings = 20;

    // Pools and tables that fill up are done with it after a few looks.
    private const int LooksToWarmUp = 3;

    private readonly FuzzTarget _target;
    private readonly FuzzLimits _limits;
    private readonly Mutator _mutator;
    private readonly Action<Finding> _found;
    private readonly RunningClock _clock;
    private readonly Corpus _corpus = new();
    private readonly List<Finding> _findings = [];
    private volatile RunInProgress? _current;
    private long _runs;
    private int _fromCorpus;
    private TimeSpan _longest;
    private TimeSpan _nextLook;
    private int _looks;
    private long _heap;
    private long _growth;

    /// <param name="target">What to run; the caller disposes it.</param>
    /// <param name="seed">Decides all that is random.</param>
    /// <param name="limits">What is too long and too much.</param>
    /// <param name="found">Told each finding, at once; of a run without an end, on another thread.</param>
    internal FuzzRun(FuzzTarget target, int seed, FuzzLimits limits, Action<Finding> found)
    {
        _target = target;
        _limits = limits;
        _nextLook = limits.LookInterval;
        _mutator = new(seed, target.Tokens, target.MaxLength);
        _found = found;
        _clock = new(Watch);
    }

    /// <summary>The inputs kept.</summary>
    internal Corpus Corpus => _corpus;

    /// <summary>Figures so far.</summary>
    internal FuzzFigures Figures => new(
        _target.Name, _runs, _clock.Elapsed, _corpus.Count, _fromCorpus, _longest, _growth, Environment.WorkingSet, [.. _findings]);

    /// <summary>Runs the inputs of a corpus.</summary>
    internal void RunCorpus(IEnumerable<byte[]> inputs)
    {
        foreach (byte[] input in inputs)
        {
            Take(input);
        }

        _fromCorpus = _corpus.Count;
    }

    /// <summary>Runs a number of inputs of its own making.</summary>
    internal void RunCount(int count)
    {
        for (; count > 0 && _findings.Count < MostFindings; count--)
        {
            Take(Next());
            LookAtHeap();
        }
    }

    /// <summary>Runs inputs of its own making for a time.</summary>
    internal void RunFor(TimeSpan time)
    {
        TimeSpan end = _clock.Elapsed + time;
        while (_clock.Elapsed < end && _findings.Count < MostFindings)
        {
            Take(Next());
            LookAtHeap();
        }
    }

    public void Dispose() => _clock.Dispose();

    private byte[] Next() => _target.Mutate(_corpus.Pick(_mutator.Random), _corpus.Pick(_mutator.Random), _mutator);

    private void Take(byte[] input)
    {
        _runs++;
        if (Try(input, out string behaviour) is not { } failure)
        {
            _corpus.Add(behaviour, input);
            return;
        }

        string kind = KindOf(failure);
        if (_findings.Exists(finding => finding.Kind == kind))
        {
            return;
        }

        byte[] smallest = Minimizer.Minimize(
            input, smaller => Try(smaller, out _) is { } other && KindOf(other) == kind, _target.MinimizerRuns);
        Exception told = Try(smallest, out _) ?? failure;
        string details = told is InvariantException or AllocationException ? told.Message : told.ToString();
        Found(new(_target.Name, kind, smallest, details));
    }

    /// <summary>One run.</summary>
    /// <returns>What went wrong, or null.</returns>
    private Exception? Try(byte[] input, out string behaviour)
    {
        behaviour = "";
        int stops = _clock.Stops;
        Exception? failure = TryOnce(input, ref behaviour);

        // What was made once is made by now; and what a stop of this process made late is not late any more.
        bool again = failure is AllocationException || (failure is not null && _clock.Stops != stops);
        return again ? TryOnce(input, ref behaviour) : failure;
    }

    private Exception? TryOnce(byte[] input, ref string behaviour)
    {
        TimeSpan since = _clock.Elapsed;
        _current = new(input, since);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            behaviour = _target.Run(input);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return allocated > _target.MaxAllocation(input.Length) ? new AllocationException(allocated, input.Length) : null;
        }
        catch (Exception e) // all that a target throws is a finding
        {
            return e;
        }
        finally
        {
            _current = null;
            TimeSpan took = _clock.Elapsed - since;
            _longest = took > _longest ? took : _longest;
        }
    }

    private void Found(Finding finding)
    {
        _findings.Add(finding);
        _found(finding);
    }

    private static string KindOf(Exception failure) => failure is InvariantException or AllocationException
        ? Behaviour.Words(failure.Message.Split(':', 2)[0])
        : Behaviour.Of(failure.GetType().Name, PlaceOf(failure));

    /// <summary>The first method of Plait on the stack.</summary>
    private static string PlaceOf(Exception failure) =>
        new StackTrace(failure).GetFrames()
            .Select(frame => frame.GetMethod()?.DeclaringType?.FullName)
            .FirstOrDefault(type => type is not null && type.StartsWith("Plait.", StringComparison.Ordinal)) ?? "";

    /// <summary>Called at each tick of the clock, on its thread.</summary>
    private void Watch(TimeSpan now)
    {
        if (_current is { } current && now - current.Since > _limits.Hang)
        {
            Found(new(_target.Name, Finding.Hang, current.Input, $"a run has not ended within {_limits.Hang.TotalSeconds} s"));
        }
    }

    private void LookAtHeap()
    {
        if (_clock.Elapsed < _nextLook)
        {
            return;
        }

        _nextLook = _clock.Elapsed + _limits.LookInterval;
        long heap = GC.GetTotalMemory(forceFullCollection: true) - _corpus.Size;
        _looks++;
        _heap = _looks <= LooksToWarmUp ? heap : _heap;
        _growth = heap - _heap;
        if (_growth > _limits.Growth && !_findings.Exists(finding => finding.Kind == Finding.Growth))
        {
            Found(new(_target.Name, Finding.Growth, [], $"the heap grew by {_growth} bytes in {_runs} runs"));
        }
    }

    private sealed record RunInProgress(byte[] Input, TimeSpan Since);

    private sealed class AllocationException(long allocated, int length)
        : Exception($"one run allocates too much: {allocated} bytes for {length} bytes of input");
}
