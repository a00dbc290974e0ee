using Plait.Diagnostics.Failures;
using Plait.Wire.Hints;

namespace Plait.Chains;

/// <summary>What is known of a failure of this connection, by which its words are chosen.</summary>
internal sealed partial class ChainConnection
{
    private Func<IReadOnlyList<ArgumentFinding>>? _review; // until it stands

    /// <summary>On a client: looks for what is wrong in the arguments of the bridge line, should the opening fail.</summary>
    internal void GivenArguments(Func<IReadOnlyList<ArgumentFinding>> review) => _review = review;

    /// <summary>A failure in the words that fit what is known of it.</summary>
    internal ChainFailure Advised(ChainFailure failure)
    {
        if (failure.Advice is not null)
        {
            return failure;
        }

        HopTrace? trace = failure.Hop is { } hop ? Hops[hop] : null;
        return Advice.For(failure, new()
        {
            OnBridge = OnBridge,
            Hops = Hops.Count,
            IsIndirect = trace?.IsIndirect ?? false,
            HasProgram = trace?.HasProgram ?? false,
            Dialled = trace?.Dialled,
            Answered = trace?.Dialled == true ? HasHeard(failure.Hop!.Value) : null,
            NetworkEnded = trace?.NetworkEnded ?? false,
            Waited = trace?.HandshakeTook ?? TimeSpan.Zero,
            Reply = trace?.Refusal,
            Odd = [.. (_review?.Invoke() ?? []).Where(finding => finding.Hop is null || finding.Hop == failure.Hop)],
        });
    }

    /// <summary>Whether anything has come to a hop from what is behind it.</summary>
    private bool HasHeard(int hop) => hop + 1 < Hops.Count ? Hops[hop + 1].Inward > 0 : Hops[hop].NetworkAnswered;
}
