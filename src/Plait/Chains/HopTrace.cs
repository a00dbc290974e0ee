using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Socks;

namespace Plait.Chains;

/// <summary>The figures of one hop of one connection, and what is known of the program that serves it.</summary>
internal sealed class HopTrace : HopFigures
{
    private ChildProcess? _child;
    private long _askedAt;
    private long _wayStoodAt;
    private readonly HopTrace? _before;

    /// <param name="transport">The hop's transport.</param>
    /// <param name="before">On a client, the hop whose program brings what goes out through this one; null for tor.</param>
    internal HopTrace(string transport, HopTrace? before = null)
        : base(transport) => _before = before;

    /// <summary>For <see cref="HopFigures.RunsIn"/>: part of Plait itself.</summary>
    internal static SafeText InProcess { get; } = $"in process";

    internal void CountOutward(int bytes)
    {
        AddOutward(bytes);
        _before?.Lives();
    }

    internal void CountInward(int bytes)
    {
        AddInward(bytes);
        _child?.Lives();
    }

    /// <summary>On a bridge: bytes that its program has brought.</summary>
    internal void BroughtOutward(int bytes)
    {
        AddOutward(bytes);
        _child?.Lives();
    }

    /// <summary>On a bridge: bytes that its program was given. The system may still hold them.</summary>
    internal void GivenInward(int bytes) => AddInward(bytes);

    /// <summary>The same in the other direction, for a program that listens at the wire itself.</summary>
    internal void GivenOutward(int bytes) => AddOutward(bytes);

    /// <summary>Its program has brought bytes to the joint behind it.</summary>
    internal void Lives() => _child?.Lives();

    /// <summary>Its program has answered.</summary>
    internal void Answered() => _child?.Lives();

    /// <summary>Changes whenever its program answers or brings bytes, for any connection; 0 if the program is no child.</summary>
    internal uint SignsOfLife => _child?.SignsOfLife ?? 0;

    /// <summary>The hop is served by this child, from now on.</summary>
    internal void ServedBy(ChildProcess child, SafeText program, TimeProvider time)
    {
        _child = child;
        RunsIn(program, child.Id);
        _askedAt = time.GetTimestamp();
    }

    /// <summary>The recent lines that its program wrote since it was asked; empty if there are none.</summary>
    internal SafeText WordsLately() => _child?.Words.Since(_askedAt) ?? SafeText.Empty;

    /// <summary>Gives its program a moment to be seen to have ended.</summary>
    internal async Task HearEndAsync(TimeSpan limit, TimeProvider time)
    {
        if (_child is { } child)
        {
            await child.Exited.WaitAsync(limit, time, child.Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Listens to its program until it is silent for <paramref name="quiet"/>, at most for <paramref name="limit"/>: lines that it wrote
    /// when it was asked are not about the failure (R7).
    /// </summary>
    internal async Task HearAsync(TimeSpan quiet, TimeSpan limit, TimeProvider time)
    {
        if (_child is not { } child)
        {
            return;
        }

        long started = time.GetTimestamp();
        bool more = true;
        while (more && time.GetElapsedTime(started) < limit)
        {
            Task next = child.Words.Next;
            await next.WaitAsync(quiet, time, child.Gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            more = next.IsCompleted && !child.Gone.IsCancellationRequested;
        }
    }

    /// <summary>Whether a program has been chosen to serve it.</summary>
    internal bool HasProgram => _child is not null;

    /// <summary>On a client: it ignores the target that it is given.</summary>
    internal bool IsIndirect { get; set; }

    /// <summary>On a client: whether its program has dialled the next hop or the network; null where that cannot be seen.</summary>
    internal bool? Dialled { get; set; }

    /// <summary>On a client, at the wire: whether the network has sent anything.</summary>
    internal bool NetworkAnswered { get; private set; }

    /// <summary>On a client, at the wire: the network has sent something.</summary>
    internal void HearsNetwork() => NetworkAnswered = true;

    /// <summary>On a client: the reply of its program, if that was no grant.</summary>
    internal SocksReplyCode? Refusal { get; set; }

    /// <summary>On a client: the network ended the connection while the hop shook hands.</summary>
    internal bool NetworkEnded { get; set; }

    /// <summary>On a client: how long its handshake took until it failed; zero if it did not fail.</summary>
    internal TimeSpan HandshakeTook { get; private set; }

    /// <summary>On a client: the way on behind the hop stands, and its handshake with the bridge can begin.</summary>
    internal void WayStands(TimeProvider time) => _wayStoodAt = time.GetTimestamp();

    /// <summary>On a client: its handshake has failed. The first time counts.</summary>
    internal void HandshakeFailed(TimeProvider time)
    {
        if (HandshakeTook == TimeSpan.Zero && _wayStoodAt != 0)
        {
            HandshakeTook = time.GetElapsedTime(_wayStoodAt);
        }
    }

    /// <summary>Kills its program, which does not answer, so that another takes its place.</summary>
    internal void KillHungChild() => _child?.KillHung();

    /// <summary>
    /// Whether its program has connections that stand and may go on: it may answer again when one of them has ended. False for a
    /// program that a signal has stopped, because it moves none of them.
    /// </summary>
    internal bool ChildIsInUse => _child is { Connections: > 0 } child && !ProcessSignals.IsStopped(child.Id);

    /// <summary>Its program has ended, and <see cref="ChildGone"/> is about to fire. Reads a file: not for a poller's thread.</summary>
    internal bool ChildHasDied => _child?.HasDied == true;

    /// <summary>Fires when its program has ended; never if the program is no child.</summary>
    internal CancellationToken ChildGone => _child?.Gone ?? default;

    /// <summary>"obfs4proxy ended with signal 9", or null if its program has not ended.</summary>
    internal SafeText? ChildEnd =>
        _child is { Gone.IsCancellationRequested: true } child ? SafeText.Of($"{Program} ended with {child.ExitText}") : null;

    /// <summary>The hop has granted, so long after it was asked.</summary>
    internal void Granted(TimeSpan setUp) => SetUp = setUp;
}
