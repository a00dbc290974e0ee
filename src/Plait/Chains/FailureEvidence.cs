using Plait.Diagnostics.Failures;

namespace Plait.Chains;

/// <summary>
/// What was noticed of the failure of one connection, and which of it is the reason. Of each kind the first stays: later ones are
/// its consequences. A connection that nothing happens to has none. Safe from any thread.
/// </summary>
internal sealed class FailureEvidence
{
    private ChainFailure? _first;
    private ChainFailure? _childEnd;
    private ChainFailure? _lost;
    private ChainFailure? _dialRefused;
    private ChainFailure? _wayLost;
    private GrantedHop? _granted;

    /// <summary>The failure that was noticed first.</summary>
    internal ChainFailure? First => Volatile.Read(ref _first);

    /// <summary>A hop's program ended while the connection was there. All else that broke then, broke because of that.</summary>
    internal ChainFailure? ChildEnd => Volatile.Read(ref _childEnd);

    /// <summary>What broke off at a joint after the connection was granted.</summary>
    internal ChainFailure? Lost => Volatile.Read(ref _lost);

    /// <summary>Records a failure of the connection.</summary>
    /// <returns>The first one.</returns>
    internal ChainFailure Record(ChainFailure failure) => Interlocked.CompareExchange(ref _first, failure, null) ?? failure;

    /// <summary>
    /// The reason of a failure that a hop's program reports: a program that was refused a dial, or whose way on failed, then fails its own way.
    /// </summary>
    /// <param name="failure">What the program reports.</param>
    /// <param name="isIndirect">The hop is the indirect one, whose ways on are connections of their own.</param>
    internal ChainFailure ReasonOf(ChainFailure failure, bool isIndirect) =>
        failure.Stage is ChainStage.Grant or ChainStage.Joint && Volatile.Read(ref _dialRefused) is { } refused && refused.Hop == failure.Hop ? refused
        : failure.Stage is ChainStage.Grant && isIndirect && Volatile.Read(ref _wayLost) is { } lost ? lost
        : failure;

    /// <summary>A hop's program has ended.</summary>
    internal void ChildEnded(ChainFailure end)
    {
        Interlocked.CompareExchange(ref _childEnd, end, null);
        Interlocked.CompareExchange(ref _first, _childEnd, null);
    }

    /// <summary>Something broke off at a joint.</summary>
    internal void Lose(ChainFailure failure) => Interlocked.CompareExchange(ref _lost, failure, null);

    /// <summary>The program of a hop was refused what it dialled: should it fail now, this is the reason.</summary>
    internal void DialRefused(ChainFailure refused) => Interlocked.CompareExchange(ref _dialRefused, refused, null);

    /// <summary>Why the last dial of the indirect hop led nowhere; null once another has been answered.</summary>
    internal void WayLost(ChainFailure? failure) => Volatile.Write(ref _wayLost, failure);

    /// <summary>The hops ended the connection, and not the client: if a way on was lost and not replaced, that is the reason.</summary>
    internal void HopsEndedFirst()
    {
        if (Volatile.Read(ref _wayLost) is { } failure)
        {
            Lose(failure);
        }
    }

    /// <summary>A hop has granted and is still to come to the joint behind it. Of several the first counts.</summary>
    internal void GrantedBefore(int hop, Task entered) => Interlocked.CompareExchange(ref _granted, new(hop, entered), null);

    /// <summary>The hop that granted and never came to the joint behind it; null if there is none.</summary>
    internal int? NeverEntered => Volatile.Read(ref _granted) is { Entered.IsCompletedSuccessfully: false, Hop: var hop } ? hop : null;

    /// <summary>Where that hop went instead; null if that is not known.</summary>
    internal ChainFailure? WentElsewhere(int hop) =>
        Volatile.Read(ref _dialRefused) is { } refused && refused.Hop == hop ? refused : Volatile.Read(ref _wayLost);

    private sealed record GrantedHop(int Hop, Task Entered);
}
