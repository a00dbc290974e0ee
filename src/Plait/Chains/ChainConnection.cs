using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Relays;

namespace Plait.Chains;

/// <summary>
/// One connection through a chain, and the owner of all that exists only for it: joints waiting to be entered, relays
/// between hops. When its outermost relay ends it is <see cref="End">ended</see>: what waits is withdrawn, what still
/// moves may finish moving (G7, G9).
/// </summary>
internal sealed partial class ChainConnection : IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly LiveTasks _background = new();
    private readonly Lock _lock = new();
    private List<IDisposable>? _joints;
    private OpeningStep?[]? _steps; // until it stands
    private readonly TimeSpan _linger;
    private readonly TimeProvider _time;
    private readonly PipePool _pipes;
    private readonly long _arrived;
    private bool _ended;

    private static long s_number;

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

    /// <summary>Fires when Plait ends: what still moves is then broken off, not waited for.</summary>
    internal CancellationToken Stopping { get; init; }

    /// <summary>One trace a hop, 0 nearest to tor.</summary>
    internal IReadOnlyList<HopTrace> Hops { get; }

    /// <summary>The hop that whoever opened the connection speaks with: what it carries is what they exchange with us.</summary>
    internal HopTrace Outermost => OnBridge ? Hops[^1] : Hops[0];

    /// <summary>Held while something is told of the connection: what is told comes in its order.</summary>
    internal Lock Telling { get; } = new();

    /// <summary>Fires when the connection is over. Outlives the source: a token that has fired may be asked for ever.</summary>
    internal CancellationToken Ending { get; }

    /// <summary>
    /// The innermost step in progress: what a time-out was spent on (G4). Hops are opened side by side; of those that wait
    /// the one furthest from tor is named, for the others wait for it.
    /// </summary>
    internal OpeningStep Step
    {
        get
        {
            lock (_lock)
            {
                return _branch?.OwnStep ?? OwnStep ?? OpeningStep.First;
            }
        }
    }

    private OpeningStep? OwnStep => _steps?.LastOrDefault(step => step is not null);

    /// <summary>Something of a hop begins to wait for somebody else.</summary>
    internal void Waits(int hop, ChainStage stage, SafeText awaited)
    {
        lock (_lock)
        {
            _steps ??= new OpeningStep?[Hops.Count + 1]; // the network is behind the last hop
            _steps[stage == ChainStage.OutsideConnection ? Hops.Count : hop] = new(hop, stage, awaited);
        }
    }

    /// <summary>A hop has granted, or the network for their number: whatever is waited for now is nearer to tor.</summary>
    internal void Granted(int hop)
    {
        lock (_lock)
        {
            if (_steps is not null)
            {
                Array.Clear(_steps, hop, _steps.Length - hop);
            }

            NoteCarried(hop);
        }

        if (hop > 0)
        {
            Hops[hop - 1].WayStands(_time);
        }
    }

    /// <summary>Its number: unique while the process lives.</summary>
    internal long Number { get; }

    /// <summary>The time since it arrived.</summary>
    internal TimeSpan Age => _time.GetElapsedTime(_arrived);

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

    private static HopTrace[] TracesOf(IEnumerable<string> transports)
    {
        var traces = new List<HopTrace>();
        foreach (string transport in transports)
        {
            traces.Add(new(transport, traces.LastOrDefault()));
        }

        return [.. traces];
    }

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

        _ending.Cancel(); // not under the lock: what was waiting runs here
        foreach (IDisposable joint in joints ?? [])
        {
            joint.Dispose();
        }
    }

    /// <summary>Ends the connection and waits for what it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        End();
        LeaveChildren();
        await _background.WhenEmptyAsync().ConfigureAwait(false);
        _ending.Dispose();
    }
}
