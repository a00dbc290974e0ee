using System.Net;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Relays;
using Plait.Wire.Hints;

namespace Plait.Chains;

/// <summary>
/// One connection through a chain, and the owner of all that exists only for it: joints waiting to be entered, relays
/// between hops, the children that carry it. When its outermost relay ends it is <see cref="End">ended</see>: joints that wait are
/// withdrawn, bytes that still move may finish moving (G7, G9).
/// </summary>
/// <remarks>
/// An indirect hop on a client dials as often as it likes for one connection, and each dial is a <see cref="Branch">branch</see>: a connection
/// of its own through the hops behind it. Branches count into the traces of the whole connection, and end without it.
/// </remarks>
internal sealed partial class ChainConnection : IAsyncDisposable
{
    private static long s_number;

    private readonly CancellationTokenSource _ending = new();
    private readonly LiveTasks _background = new();
    private readonly ServingChildren _children = new();
    private readonly Lock _lock = new();
    private readonly TimeSpan _linger;
    private readonly TimeProvider _time;
    private readonly PipePool _pipes;
    private readonly long _arrived;
    private List<IDisposable>? _joints;
    private OpeningProgress? _progress; // until it stands
    private FirstAnswers _answers;
    private int? _branchesFrom;
    private bool _ended;

    internal ChainConnection(string alias, IEnumerable<string> transports, TimeSpan linger, TimeProvider time, PipePool pipes)
        : this(alias, Interlocked.Increment(ref s_number), TracesOf(transports), linger, time, pipes)
    {
    }

    private ChainConnection(string alias, long number, IReadOnlyList<HopTrace> hops, TimeSpan linger, TimeProvider time, PipePool pipes)
    {
        Alias = alias;
        Number = number;
        Hops = hops;
        _linger = linger;
        _time = time;
        _pipes = pipes;
        _arrived = time.GetTimestamp();
        Ending = _ending.Token;
    }

    /// <summary>The chain's alias.</summary>
    internal string Alias { get; }

    /// <summary>The alias, for messages.</summary>
    internal SafeText Name => SafeText.Name(Alias);

    /// <summary>Its number: unique while the process lives.</summary>
    internal long Number { get; }

    /// <summary>One trace a hop, 0 nearest to tor.</summary>
    internal IReadOnlyList<HopTrace> Hops { get; }

    /// <summary>The hop on the side that opened the connection: the bytes that it carries are those exchanged with that side.</summary>
    internal HopTrace Outermost => OnBridge ? Hops[^1] : Hops[0];

    /// <summary>The first hop that is this connection's own to open: of a branch, the one behind the indirect hop.</summary>
    internal int FirstHop { get; private init; }

    /// <summary>
    /// Whether it came from the network. Until it stands, its hops are then waited for at their joints, and the outermost is
    /// the wire hop; a client's are waited for to grant, and the outermost is hop 0.
    /// </summary>
    internal bool OnBridge { private get; init; }

    /// <summary>On a bridge: the address of ours that the client connected to; null if the wire transport's own socket has it.</summary>
    internal IPEndPoint? EnteredAt { get; init; }

    /// <summary>How far its grant is verified (G2).</summary>
    internal GrantQuality Grant { get; private set; }

    /// <summary>Granted although the chain may not stand (G2).</summary>
    internal bool Provisional => Grant != GrantQuality.Proven;

    /// <summary>What has been reported of it.</summary>
    internal ConnectionReport Report { get; } = new();

    /// <summary>Fires when Plait ends: bytes that still move are then broken off, not waited for.</summary>
    internal CancellationToken Stopping { get; init; }

    /// <summary>Fires when the connection is over. Outlives the source: a token that has fired may be asked for ever.</summary>
    internal CancellationToken Ending { get; }

    /// <summary>The time since it arrived.</summary>
    internal TimeSpan Age => _time.GetElapsedTime(_arrived);

    /// <summary>The innermost step of its opening.</summary>
    internal OpeningStep Step => Volatile.Read(ref _progress)?.Step ?? OpeningStep.First;

    private OpeningProgress Progress
    {
        get
        {
            lock (_lock)
            {
                return _progress ??= new(Hops.Count);
            }
        }
    }

    /// <summary>Both directions have moved, or the connection is over: no answer is waited for any more.</summary>
    internal bool IsAnswered => _answers.IsAnswered || Volatile.Read(ref _ended);

    /// <summary>How long the only direction that has moved waits for its answer; null if none has moved.</summary>
    internal TimeSpan? Unanswered => _answers.UnansweredSince is { } since ? _time.GetElapsedTime(since) : null;

    /// <summary>Which direction goes unanswered, in words.</summary>
    internal SafeText WhatIsUnanswered => _answers.Unanswered;

    /// <summary>A hop's grant is verified no further than this.</summary>
    internal void LimitGrant(GrantQuality quality) => Grant = quality > Grant ? quality : Grant;

    /// <summary>On a client: looks for what is wrong in the arguments of the bridge line, should the opening fail.</summary>
    internal void GivenArguments(Func<IReadOnlyList<ArgumentFinding>> review) => Progress.Review = review;

    /// <summary>A hop begins to wait for another party.</summary>
    internal void Waits(int hop, ChainStage stage, SafeText awaited) => Progress.Waits(hop, stage, awaited);

    /// <summary>A hop has granted, or the network for their number.</summary>
    internal void Granted(int hop)
    {
        Volatile.Read(ref _progress)?.Granted(hop);
        _children.Carry(hop);
        if (hop > 0)
        {
            Hops[hop - 1].WayStands(_time);
        }
    }

    /// <summary>The connection stands: its opening is forgotten.</summary>
    internal void Stands() => Volatile.Write(ref _progress, null);

    /// <summary>Bytes went out on tor's side.</summary>
    internal void NoteOutward() => _answers.Outward(_time);

    /// <summary>Bytes came in on tor's side.</summary>
    internal void NoteInward() => _answers.Inward(_time);

    /// <summary>A connection for one dial of the indirect hop before hop <paramref name="firstHop"/>. The caller disposes it.</summary>
    internal ChainConnection Branch(int firstHop)
    {
        var branch = new ChainConnection(Alias, Number, Hops, _linger, _time, _pipes) { FirstHop = firstHop };
        lock (_lock)
        {
            _branchesFrom = firstHop;
        }

        if (Report.IsNew)
        {
            Progress.Branch(branch.Progress);
        }

        return branch;
    }

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
                owner.Report.Reporter?.ChildEnded(owner);
            },
            this);
        _children.Add(hop, child, watch);
    }

    /// <summary>Makes the connection the owner of a joint; it is disposed when the connection ends.</summary>
    internal void Own(IDisposable joint)
    {
        lock (_lock)
        {
            if (!_ended)
            {
                (_joints ??= new(1)).Add(joint);
                return;
            }
        }

        joint.Dispose();
    }

    /// <summary>A joint has done its work; it is remembered no longer.</summary>
    internal void Disown(IDisposable joint)
    {
        lock (_lock)
        {
            _joints?.Remove(joint);
        }
    }

    /// <summary>Runs something that belongs to the connection and handles its own errors.</summary>
    internal void Run(Task background) => _background.Add(background);

    /// <summary>Settings for one of its relays.</summary>
    /// <param name="observer">What the relay reports to.</param>
    /// <param name="firstByteHold">The first-byte gate, or null for none.</param>
    internal RelaySettings RelayTo(RelayObserver observer, TimeSpan? firstByteHold = null) => new()
    {
        LingerTimeout = _linger, Time = _time, Pipes = _pipes, Ending = Ending, FirstByteHold = firstByteHold, Observer = observer,
    };

    /// <summary>The connection is over. May be called more than once, from any part of it.</summary>
    internal void End()
    {
        List<IDisposable>? joints;
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            (joints, _joints) = (_joints, null);
        }

        _ending.Cancel(); // not under the lock: its waiters run here
        foreach (IDisposable joint in joints ?? [])
        {
            joint.Dispose();
        }
    }

    /// <summary>Ends the connection and waits for what it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        End();
        _children.Leave(); // only now: what ends a connection is often what the child's end has broken
        await _background.WhenEmptyAsync().ConfigureAwait(false);
        _ending.Dispose();
    }

    private static HopTrace[] TracesOf(IEnumerable<string> transports)
    {
        var traces = new List<HopTrace>();
        foreach (string transport in transports)
        {
            traces.Add(new(transport, traces.LastOrDefault()));
        }

        return [.. traces];
    }
}
