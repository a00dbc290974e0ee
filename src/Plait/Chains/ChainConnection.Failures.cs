using System.Net.Sockets;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>Turns what its parts notice into failures of this connection: with its alias, its hops' transports, its stage.</summary>
internal sealed partial class ChainConnection
{
    private FailureEvidence? _evidence; // of most connections there is none

    /// <summary>The failure that was noticed first; later ones are its consequences.</summary>
    internal ChainFailure? Failure => Volatile.Read(ref _evidence)?.First;

    /// <summary>A hop's program ended while the connection was there. All else that broke then, broke because of that.</summary>
    internal ChainFailure? ChildEnd => Volatile.Read(ref _evidence)?.ChildEnd;

    /// <summary>The first stream behind a joint that was reset after the connection was granted.</summary>
    internal ChainFailure? Lost => Volatile.Read(ref _evidence)?.Lost;

    private FailureEvidence Evidence
    {
        get
        {
            lock (_lock)
            {
                return _evidence ??= new();
            }
        }
    }

    /// <summary>The hops whose end is the end of this connection: all up to an indirect one.</summary>
    private IEnumerable<HopTrace> OwnHops => Hops.Take(_branchesFrom ?? Hops.Count).Skip(FirstHop);

    /// <summary>Records a failure of this connection; the first stays.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Failed(int? hop, ChainStage stage, FailureCause cause, SafeText detail, Exception? inner = null)
    {
        ChainFailure failure = Evidence.ReasonOf(NewFailure(hop, stage, cause, detail), isIndirect: hop + 1 == _branchesFrom);
        return new(Evidence.Record(failure), inner);
    }

    /// <summary>Records that a hop's program cannot serve, with what its start knows to do about it; the first failure stays.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Down(int hop, ProcessDown down) =>
        Failed(NewFailure(hop, down.Stage, down.Cause, down.Text) with { Advice = down.Advice });

    /// <summary>Records a failure that was made elsewhere: by a branch, or with an advice; the first stays.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Failed(ChainFailure failure) => new(Evidence.Record(failure));

    /// <summary>The time for the opening, or for a hop's way on, is over.</summary>
    /// <param name="limit">How long that is: <see cref="Configuration.Limits.OpenTimeout"/>.</param>
    /// <param name="inner">What ended the wait, or null.</param>
    internal ChainException NotReachedInTime(TimeSpan limit, Exception? inner = null)
    {
        (int? hop, ChainStage stage, SafeText awaited) = Step; // once: other hops may still move it
        return Failed(hop, stage, FailureCause.TimedOut,
            $"the chain did not stand within {limit.TotalSeconds:0.#} s (OpenTimeout); it was waiting for {awaited}", inner);
    }

    /// <summary>A connection inside the chain broke, and no part of the chain has reported why.</summary>
    internal ChainException LostInside(Exception error) =>
        Failed(null, ChainStage.Grant, FailureCause.Reset, $"a connection inside the chain was lost", error);

    /// <summary>Fails if a socket took the last descriptor there is.</summary>
    internal void ThrowIfReserved(SocketConnection socket, int? hop, ChainStage stage)
    {
        if (Descriptors.IsReserved(socket))
        {
            throw Failed(hop, stage, FailureCause.LimitReached, FailureWords.NoDescriptorLeft);
        }
    }

    /// <summary>A failure of this connection, not recorded.</summary>
    internal ChainFailure NewFailure(int? hop, ChainStage stage, FailureCause cause, SafeText detail)
    {
        string? transport = hop is { } index && index >= 0 && index < Hops.Count ? Hops[index].Transport : null;
        return new(Alias, transport is null ? null : hop, transport, stage, cause, detail);
    }

    /// <summary>The program of a hop was refused what it dialled: should it fail now, this is the reason.</summary>
    internal void DialRefused(int hop, FailureCause cause, SafeText detail) =>
        Evidence.DialRefused(NewFailure(hop, ChainStage.Joint, cause, detail));

    /// <summary>Why the last dial of its indirect hop led nowhere; null once another has been answered.</summary>
    internal void WayLost(ChainFailure? failure)
    {
        if (failure is not null || Volatile.Read(ref _evidence) is not null)
        {
            Evidence.WayLost(failure);
        }
    }

    /// <summary>The hops ended the connection, and not the client: if a way on was lost and not replaced, that is the reason.</summary>
    internal void HopsEndedFirst() => Volatile.Read(ref _evidence)?.HopsEndedFirst();

    /// <summary>Hop <paramref name="hop"/> has granted and is still to come to the joint behind it.</summary>
    internal void GrantedBefore(int hop, Task entered) => Evidence.GrantedBefore(hop, entered);

    /// <summary>
    /// The failure of a hop that granted and never came to the joint behind it: where it went instead, if that is known. Null if it came.
    /// </summary>
    /// <param name="wasGivenBytes">The hop had bytes to deliver: some dial only then, and rightly (C5).</param>
    internal ChainFailure? NeverEntered(bool wasGivenBytes) =>
        Volatile.Read(ref _evidence) is not { NeverEntered: { } hop } evidence ? null
        : evidence.WentElsewhere(hop) is { } reason ? reason
        : wasGivenBytes ? NewFailure(hop, ChainStage.Joint, FailureCause.TimedOut, $"the transport accepted the connection and never passed it on")
        : null;

    /// <summary>The connection that a joint leads on to was reset.</summary>
    /// <param name="hop">The hop behind the joint; the number of hops for the network, -1 for tor.</param>
    internal void BrokeOff(int hop) => Evidence.Lose(
        hop == Hops.Count ? NewFailure(hop - 1, ChainStage.Relay, FailureCause.Reset, $"the connection to the network was reset")
        : hop < 0 ? NewFailure(null, ChainStage.Relay, FailureCause.Reset, $"tor reset the connection")
        : ResetBy(hop));

    /// <summary>
    /// A relay to the network has noticed the first end of its two. If that is the network's and the connection does not
    /// stand yet, then this is why it will not: the hops can say no more of it than "failure" (S28).
    /// </summary>
    internal void NetworkEnded(RelaySide side)
    {
        if (side == RelaySide.Second && Report.IsNew)
        {
            // The hop that waits is to blame: those behind it have granted. A bridge that ends a handshake ends the whole connection.
            int wire = Hops.Count - 1;
            int hop = Step is { Stage: ChainStage.Grant, Hop: { } waiting } ? waiting : wire;
            Hops[hop].HandshakeFailed(_time);
            Hops[hop].NetworkEnded = true;
            Evidence.Lose(NewFailure(hop, hop == wire ? ChainStage.OutsideConnection : ChainStage.Grant, FailureCause.Reset,
                $"the other side of the network ended the connection while the chain was shaking hands"));
        }
    }

    /// <summary>On a bridge: a hop was given a stream, and ended it before it had brought it to its joint.</summary>
    internal void NeverBrought(int hop) => Evidence.Lose(NewFailure(
        hop, ChainStage.Joint, FailureCause.Reset, $"the transport closed the connection instead of passing it on"));

    /// <summary>The outermost hop has reset the connection, and no other break is known.</summary>
    internal ChainFailure OutermostReset() => ResetBy(OnBridge ? Hops.Count - 1 : 0);

    private ChainFailure ResetBy(int hop) => NewFailure(hop, ChainStage.Relay, FailureCause.Reset, $"the transport reset the connection");

    /// <summary>Gives a hop's program a moment to be seen to have ended.</summary>
    internal async Task HearEndAsync(int hop, TimeSpan limit)
    {
        await Hops[hop].HearEndAsync(limit, _time).ConfigureAwait(false);
        NoteChildEnd();
    }

    /// <summary>Gives one of its children a moment to be seen to have ended.</summary>
    /// <param name="limit">How long a child may take that shows no sign of it.</param>
    /// <param name="limitOfDead">How long one that the system has ended may take until all that it wrote is read.</param>
    internal async Task HearChildEndAsync(TimeSpan limit, TimeSpan limitOfDead)
    {
        CancellationToken[] ends = [.. OwnHops.Select(hop => hop.ChildGone).Where(gone => gone.CanBeCanceled)];
        if (ends.Length > 0)
        {
            // Waits for tokens: tasks that do not end would remember the wait for as long as the children live.
            using var oneEnded = CancellationTokenSource.CreateLinkedTokenSource(ends);
            await Task.Delay(limit, _time, oneEnded.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!oneEnded.IsCancellationRequested && OwnHops.Any(hop => hop.ChildHasDied))
            {
                await Task.Delay(limitOfDead, _time, oneEnded.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            NoteChildEnd();
        }
    }

    /// <summary>A failure with the advice that fits what is known of it.</summary>
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
            Odd = [.. (Volatile.Read(ref _progress)?.Review?.Invoke() ?? []).Where(finding => finding.Hop is null || finding.Hop == failure.Hop)],
        });
    }

    /// <summary>Whether any byte has come to a hop from the next hop, or from the network.</summary>
    private bool HasHeard(int hop) => hop + 1 < Hops.Count ? Hops[hop + 1].Inward > 0 : Hops[hop].NetworkAnswered;

    private void NoteChildEnd()
    {
        ChainStage stage = !Report.IsNew ? ChainStage.Relay : OnBridge ? ChainStage.Joint : ChainStage.Grant;
        for (int hop = FirstHop; hop < (_branchesFrom ?? Hops.Count); hop++)
        {
            if (Hops[hop].ChildEnd is { } end)
            {
                Evidence.ChildEnded(NewFailure(hop, stage, FailureCause.Exited, end));
                return;
            }
        }
    }
}
