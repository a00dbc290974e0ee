using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>Why the connection failed or ended, and what of that has been told.</summary>
internal sealed partial class ChainConnection
{
    private ChainFailure? _failure;
    private ChainFailure? _dialRefused;
    private ChainFailure? _childEnd;
    private ChainFailure? _lost;
    private (int Hop, Task Entered)? _granted;
    private readonly List<ServingChild> _children = [];
    private int _state;

    /// <summary>
    /// Whether it came from the network. Until it stands, its hops are then waited for at their joints, and the outermost is
    /// the wire hop; a client's are waited for to grant, and the outermost is hop 0.
    /// </summary>
    internal bool OnBridge { private get; init; }

    /// <summary>What is still to be proven behind the grant (G2).</summary>
    internal GrantQuality Grant { get; private set; }

    /// <summary>Granted although the chain may not stand (G2).</summary>
    internal bool Provisional => Grant != GrantQuality.Proven;

    /// <summary>The failure that was noticed first; later ones are its consequences.</summary>
    internal ChainFailure? Failure => _failure;

    /// <summary>A hop's program ended while the connection was there. Whatever else broke then, broke because of that.</summary>
    internal ChainFailure? ChildEnd => _childEnd;

    /// <summary>What broke off behind a joint after the connection was granted; what was noticed first.</summary>
    internal ChainFailure? Lost => _lost;

    /// <summary>Hop <paramref name="hop"/> has granted and is still to come to the joint behind it.</summary>
    internal void GrantedBefore(int hop, Task entered) => _granted ??= (hop, entered);

    /// <summary>That it never came there, and where it went instead if that is known; null if it came.</summary>
    /// <param name="wasGivenBytes">It had something to deliver: some dial only then, and rightly (C5).</param>
    internal ChainFailure? NeverEntered(bool wasGivenBytes) =>
        _granted is not { Entered.IsCompletedSuccessfully: false, Hop: var hop } ? null
        : _dialRefused is { } refused && refused.Hop == hop ? refused
        : Volatile.Read(ref _wayLost) is { } lost ? lost
        : wasGivenBytes ? NewFailure(hop, ChainStage.Joint, FailureCause.TimedOut, $"the transport accepted the connection and never passed it on")
        : null;

    /// <summary>A hop's grant is worth no more than this.</summary>
    internal void LimitGrant(GrantQuality quality) => Grant = quality > Grant ? quality : Grant;

    /// <summary>Records a failure of this connection; the first stays.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Failed(int? hop, ChainStage stage, FailureCause cause, SafeText detail, Exception? inner = null)
    {
        // A child that was refused a dial, or whose way on failed, then fails its own way; what it was refused is the reason.
        ChainFailure failure = stage is ChainStage.Grant or ChainStage.Joint && _dialRefused is { } refused && refused.Hop == hop ? refused
            : stage is ChainStage.Grant && hop + 1 == _branchesFrom && Volatile.Read(ref _wayLost) is { } lost ? lost
            : NewFailure(hop, stage, cause, detail);
        return new(Interlocked.CompareExchange(ref _failure, failure, null) ?? failure, inner);
    }

    /// <summary>Records that a hop's program cannot serve, with what its start knows to do about it; the first failure stays.</summary>
    /// <returns>An exception that carries the first failure.</returns>
    internal ChainException Down(int hop, ProcessDown down)
    {
        ChainFailure failure = NewFailure(hop, down.Stage, down.Cause, down.Text) with { Advice = down.Advice };
        return new(Interlocked.CompareExchange(ref _failure, failure, null) ?? failure);
    }

    /// <summary>A failure of this connection, not recorded.</summary>
    internal ChainFailure NewFailure(int? hop, ChainStage stage, FailureCause cause, SafeText detail)
    {
        string? transport = hop is { } index && index >= 0 && index < Hops.Count ? Hops[index].Transport : null;
        return new(Alias, transport is null ? null : hop, transport, stage, cause, detail);
    }

    /// <summary>The program of a hop was refused what it dialled: should it fail now, this is the reason.</summary>
    internal void DialRefused(int hop, FailureCause cause, SafeText detail) =>
        Interlocked.CompareExchange(ref _dialRefused, NewFailure(hop, ChainStage.Joint, cause, detail), null);

    /// <summary>What a joint leads on to was reset.</summary>
    /// <param name="hop">The hop behind the joint; the number of hops for the network, -1 for tor.</param>
    internal void BrokeOff(int hop) => Lose(
        hop == Hops.Count ? NewFailure(hop - 1, ChainStage.Relay, FailureCause.Reset, $"the connection to the network was reset")
        : hop < 0 ? NewFailure(null, ChainStage.Relay, FailureCause.Reset, $"tor reset the connection")
        : NewFailure(hop, ChainStage.Relay, FailureCause.Reset, $"the transport reset the connection"));

    /// <summary>
    /// A relay to the network has noticed the first end of its two. If that is the network's and the connection does not
    /// stand yet, then this is why it will not: what the hops say of it can only be $"failure" (S28).
    /// </summary>
    internal void NetworkEnded(RelaySide side)
    {
        if (side == RelaySide.Second && Volatile.Read(ref _state) == (int)ConnectionState.New)
        {
            // The hop that waits: those behind it have been granted. What ends a bridge's handshake ends its whole connection.
            int wire = Hops.Count - 1;
            int hop = Step is { Stage: ChainStage.Grant, Hop: { } waiting } ? waiting : wire;
            Hops[hop].HandshakeFailed(_time);
            Hops[hop].NetworkEnded = true;
            Lose(NewFailure(hop, hop == wire ? ChainStage.OutsideConnection : ChainStage.Grant, FailureCause.Reset,
                $"the other side of the network ended the connection while the chain was shaking hands"));
        }
    }

    /// <summary>The hop that whoever asked is joined to has reset the connection, and nothing is known to have broken behind it.</summary>
    internal ChainFailure OutermostReset() => NewFailure(
        OnBridge ? Hops.Count - 1 : 0, ChainStage.Relay, FailureCause.Reset, $"the transport reset the connection");

    /// <summary>On a bridge: a hop was given a stream, and ended it before it had brought it to its joint.</summary>
    internal void NeverBrought(int hop) => Lose(NewFailure(
        hop, ChainStage.Joint, FailureCause.Reset, $"the transport closed the connection instead of passing it on"));

    private void Lose(ChainFailure failure) => Interlocked.CompareExchange(ref _lost, failure, null);

    /// <summary>Hop <paramref name="hop"/> is served by this child; should that end, the connection ends with that reason.</summary>
    internal void ServedBy(int hop, ChildProcess child, SafeText program)
    {
        Hops[hop].ServedBy(child, program, _time);
        CancellationTokenRegistration watch = child.Gone.UnsafeRegister(
            static connection =>
            {
                var owner = (ChainConnection)connection!;
                owner.NoteChildEnd();
                owner.End();
                owner.Reporter?.ChildEnded(owner);
            },
            this);
        lock (_lock)
        {
            _children.Add(new(hop, child, watch)); // until the connection is disposed: what ends it is often what the child's end has broken
        }
    }

    /// <summary>Gives a hop's program a moment to be seen to have ended.</summary>
    internal async Task HearEndAsync(int hop, TimeSpan limit, TimeProvider time)
    {
        await Hops[hop].HearEndAsync(limit, time).ConfigureAwait(false);
        NoteChildEnd();
    }

    /// <summary>Gives one of its children a moment to be seen to have ended.</summary>
    /// <param name="limit">How long a child may take that shows no sign of it.</param>
    /// <param name="limitOfDead">How long one that the system has ended may take until all that it wrote is read.</param>
    /// <param name="time">The clock.</param>
    internal async Task HearChildEndAsync(TimeSpan limit, TimeSpan limitOfDead, TimeProvider time)
    {
        CancellationToken[] ends = [.. OwnHops.Select(hop => hop.ChildGone).Where(gone => gone.CanBeCanceled)];
        if (ends.Length > 0)
        {
            // By the tokens: a wait for tasks that do not end would be remembered by them for as long as the children live.
            using var oneEnded = CancellationTokenSource.CreateLinkedTokenSource(ends);
            await Task.Delay(limit, time, oneEnded.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!oneEnded.IsCancellationRequested && OwnHops.Any(hop => hop.ChildHasDied))
            {
                await Task.Delay(limitOfDead, time, oneEnded.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            NoteChildEnd();
        }
    }

    /// <summary>Whether it has been told that the connection stands, and nothing further.</summary>
    internal bool IsOpened => Volatile.Read(ref _state) == (int)ConnectionState.Opened;

    /// <summary>It is about to be told that the connection stands.</summary>
    /// <returns>False if something has been told of it before.</returns>
    internal bool MarkOpened()
    {
        (_steps, _branch, _review) = (null, null, null);
        return Interlocked.CompareExchange(ref _state, (int)ConnectionState.Opened, (int)ConnectionState.New) == (int)ConnectionState.New;
    }

    /// <summary>Who told that the connection stands, and wants to know at once when a child of it ends.</summary>
    internal ConnectionReporter? Reporter { private get; set; }

    /// <summary>It is about to be told that the connection, which stood, has broken.</summary>
    /// <returns>False if it never stood, or is over.</returns>
    internal bool MarkBroken() =>
        Interlocked.CompareExchange(ref _state, (int)ConnectionState.Over, (int)ConnectionState.Opened) == (int)ConnectionState.Opened;

    /// <summary>It is about to be told that the connection failed or ended.</summary>
    /// <returns>What was told before.</returns>
    internal ConnectionState MarkOver() => (ConnectionState)Interlocked.Exchange(ref _state, (int)ConnectionState.Over);

    /// <summary>The child of a hop that has granted carries the connection from now on. Called under the lock.</summary>
    private void NoteCarried(int hop)
    {
        foreach (ServingChild serving in _children)
        {
            if (serving.Hop == hop)
            {
                serving.Carry();
            }
        }
    }

    private void LeaveChildren()
    {
        ServingChild[] children;
        lock (_lock)
        {
            children = [.. _children];
            _children.Clear();
        }

        foreach (ServingChild serving in children)
        {
            serving.Leave();
        }
    }

    private void NoteChildEnd()
    {
        ChainStage stage = Volatile.Read(ref _state) == (int)ConnectionState.New
            ? OnBridge ? ChainStage.Joint : ChainStage.Grant
            : ChainStage.Relay;
        for (int hop = FirstHop; hop < (_branchesFrom ?? Hops.Count); hop++)
        {
            if (Hops[hop].ChildEnd is { } end)
            {
                Interlocked.CompareExchange(ref _childEnd, NewFailure(hop, stage, FailureCause.Exited, end), null);
                Interlocked.CompareExchange(ref _failure, _childEnd, null);
                return;
            }
        }
    }

    /// <summary>A child that serves a hop of the connection.</summary>
    private sealed class ServingChild(int hop, ChildProcess child, CancellationTokenRegistration watch)
    {
        private bool _carries;

        internal int Hop => hop;

        internal void Carry()
        {
            if (!_carries)
            {
                _carries = true;
                child.Carries();
            }
        }

        internal void Leave()
        {
            watch.Unregister(); // not Dispose, which waits for a callback that runs
            if (_carries)
            {
                child.CarriesNoMore();
            }
        }
    }
}
