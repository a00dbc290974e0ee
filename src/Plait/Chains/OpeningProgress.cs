using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Hints;

namespace Plait.Chains;

/// <summary>
/// What the opening of one connection waits for: what a time-out was spent on (G4). Hops open at the same time; of those that wait
/// the one furthest from tor is named, because the others wait for it. Locks itself.
/// </summary>
/// <param name="hops">How many hops the chain has.</param>
internal sealed class OpeningProgress(int hops)
{
    private readonly OpeningStep?[] _steps = new OpeningStep?[hops + 1]; // the network is behind the last hop
    private OpeningProgress? _branch;

    /// <summary>Looks for what is wrong in the arguments of the bridge line, should the opening fail; null if it was given none.</summary>
    internal Func<IReadOnlyList<ArgumentFinding>>? Review { get; set; }

    /// <summary>The innermost step in progress.</summary>
    internal OpeningStep Step
    {
        get
        {
            OpeningProgress? branch;
            lock (this)
            {
                branch = _branch;
            }

            return branch?.OwnStep ?? OwnStep ?? OpeningStep.First;
        }
    }

    private OpeningStep? OwnStep
    {
        get
        {
            lock (this)
            {
                return _steps.LastOrDefault(step => step is not null);
            }
        }
    }

    /// <summary>A hop begins to wait for another party.</summary>
    internal void Waits(int hop, ChainStage stage, SafeText awaited)
    {
        lock (this)
        {
            _steps[stage == ChainStage.OutsideConnection ? hops : hop] = new(hop, stage, awaited);
        }
    }

    /// <summary>A hop has granted, or the network for their number: the next step to wait for is nearer to tor.</summary>
    internal void Granted(int hop)
    {
        lock (this)
        {
            Array.Clear(_steps, hop, _steps.Length - hop);
        }
    }

    /// <summary>An indirect hop dials: from now on its last dial is waited for before all else.</summary>
    internal void Branch(OpeningProgress branch)
    {
        lock (this)
        {
            _branch = branch;
        }
    }
}
