using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains;

/// <summary>
/// Branches: an indirect hop on a client dials as often as it likes for one connection, and each dial is a connection of
/// its own through the hops behind it. Branches count into the traces of the whole connection, and end without it.
/// </summary>
internal sealed partial class ChainConnection
{
    private ChainConnection? _branch; // the last, until the connection stands
    private ChainFailure? _wayLost;
    private int? _branchesFrom;

    /// <summary>The first hop that is this connection's own to open: of a branch, the one behind the indirect hop.</summary>
    internal int FirstHop { get; private init; }

    /// <summary>The hops whose end is the end of this connection: all up to an indirect one.</summary>
    private IEnumerable<HopTrace> OwnHops => Hops.Take(_branchesFrom ?? Hops.Count).Skip(FirstHop);

    /// <summary>A connection for one dial of the indirect hop before hop <paramref name="firstHop"/>. The caller disposes it.</summary>
    internal ChainConnection Branch(int firstHop)
    {
        var branch = new ChainConnection(Alias, Number, Hops, _linger, _time, _pipes) { FirstHop = firstHop };
        lock (_lock)
        {
            _branchesFrom = firstHop;
            _branch = Volatile.Read(ref _state) == (int)ConnectionState.New ? branch : null;
        }

        return branch;
    }

    /// <summary>Why the last dial of its indirect hop led nowhere; null once another has been answered.</summary>
    internal void WayLost(ChainFailure? failure) => Volatile.Write(ref _wayLost, failure);

    /// <summary>The hops ended the connection, and not whoever asked: if a way on was lost and not replaced, that is the reason.</summary>
    internal void HopsEndedFirst()
    {
        if (Volatile.Read(ref _wayLost) is { } failure)
        {
            Lose(failure);
        }
    }

    /// <summary>Records a failure that a branch has noticed; the first stays.</summary>
    internal ChainException Failed(ChainFailure ofBranch) => new(Interlocked.CompareExchange(ref _failure, ofBranch, null) ?? ofBranch);

    /// <summary>The time for the way on is over.</summary>
    internal ChainException NotReachedInTime()
    {
        (int? hop, ChainStage stage, SafeText awaited) = Step;
        return Failed(hop, stage, FailureCause.TimedOut, $"the way to the bridge did not stand in time; it was waiting for {awaited}");
    }
}
