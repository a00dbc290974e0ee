using System.Net;
using Plait.Diagnostics.Failures;

namespace Plait.Chains.Client;

/// <summary>One connection of an indirect hop at its joint: good for any number of dials while the connection lives.</summary>
internal sealed class IndirectTicket : IDisposable
{
    private readonly SharedWay _way;
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal IndirectTicket(SharedWay way, IPEndPoint target, HopOpening hop, HashSet<string> names)
    {
        _way = way;
        (Target, Hop, Names) = (target, hop, names);
    }

    /// <summary>The target that the child is asked for. Most children ignore it; meek without a url dials it.</summary>
    internal IPEndPoint Target { get; }

    /// <summary>The indirect hop of the connection.</summary>
    internal HopOpening Hop { get; }

    /// <summary>The names that the child may dial for it; empty if its arguments name nothing.</summary>
    internal HashSet<string> Names { get; }

    /// <summary>Completes when the child has dialled for the connection's way on, once the hop has granted.</summary>
    internal Task Entered => _entered.Task;

    /// <summary>Completes when such a dial has been answered; fails with its <see cref="ChainException"/>.</summary>
    internal Task Ready => _ready.Task;

    /// <summary>The hop has granted: set by <see cref="SharedWay"/>, under its lock.</summary>
    internal bool IsGranted { get; set; }

    /// <summary>Whether a dial of its way on had been answered when the hop granted.</summary>
    internal bool WasReadyAtGrant { get; private set; }

    /// <summary>To be called when the hop's grant is read, before anything else is done.</summary>
    internal void Granted()
    {
        _way.Granted(this);
        WasReadyAtGrant = Ready.IsCompleted;
    }

    internal void MarkEntered() => _entered.TrySetResult();

    internal void MarkReady()
    {
        _entered.TrySetResult();
        _ready.TrySetResult();
    }

    internal void MarkFailed(ChainFailure failure)
    {
        if (_ready.TrySetException(Hop.Connection.Report.IsOpened ? new ChainException(failure) : Hop.Connection.Failed(failure)))
        {
            _ = _ready.Task.Exception; // observed: the opening may not be waiting any more
        }
    }

    /// <summary>Withdraws the ticket.</summary>
    public void Dispose() => _way.Withdraw(this);
}
