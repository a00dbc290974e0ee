namespace Plait.Fuzz.Engine;

/// <summary>
/// One place where bytes of others are taken in, and what must hold there for every input. Everything that it throws is a
/// finding.
/// </summary>
internal abstract class FuzzTarget : IAsyncDisposable
{
    /// <summary>The word of the command line, and the folder of its corpus.</summary>
    internal abstract string Name { get; }

    /// <summary>What holds for every input, in a sentence. That nothing throws, hangs or grows goes without saying.</summary>
    internal abstract string Invariant { get; }

    /// <summary>Words of the grammar, each character a byte: mutations put them together.</summary>
    internal virtual IReadOnlyList<string> Tokens => [];

    /// <summary>Longest input that is tried, in bytes.</summary>
    internal virtual int MaxLength => 4096;

    /// <summary>Most bytes that one run may allocate, checks included; null where other threads allocate too.</summary>
    internal virtual long? MaxAllocation(int inputLength) => (256 * 1024) + (4096L * inputLength);

    /// <summary>Runs that a minimisation may cost.</summary>
    internal virtual int MinimizerRuns => 4000;

    /// <summary>Inputs of the short run in the tests, beside the corpus.</summary>
    internal virtual int ShortRuns => 500;

    /// <summary>An input that differs a little.</summary>
    /// <param name="input">One that was of interest.</param>
    /// <param name="other">Another one, to splice with.</param>
    /// <param name="mutator">Changes bytes.</param>
    internal virtual byte[] Mutate(byte[] input, byte[] other, Mutator mutator) => mutator.Mutate(input, other);

    /// <summary>Takes one input and checks the invariant.</summary>
    /// <returns>
    /// What happened, in a word or two: the kind of result, the stage reached, the error without its numbers. An input that
    /// gives a word not seen before is kept and mutated further.
    /// </returns>
    /// <exception cref="InvariantException">It does not hold.</exception>
    internal abstract string Run(byte[] input);

    /// <summary>Gives back what the target holds from run to run.</summary>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
