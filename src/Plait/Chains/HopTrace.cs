using System.Diagnostics;

namespace Plait.Chains;

/// <summary>What one hop of one chain connection did: who it was, how long it took, what it carried.</summary>
public sealed class HopTrace
{
    private long _outward;
    private long _inward;
    private string _program = "";
    private int? _processId;

    internal HopTrace(string transport)
    {
        Transport = transport;
    }

    /// <summary>The hop's transport.</summary>
    public string Transport { get; }

    /// <summary>Program and process id, or "in process".</summary>
    public string Process => _processId is { } id ? $"{_program} (pid {id})" : _program;

    /// <summary>How its stream went on.</summary>
    public JointKind Joint { get; internal set; }

    /// <summary>
    /// Time from asking this hop until it had granted, with everything behind it; zero on a server, where hops open as
    /// bytes arrive. What the hop itself took is the difference to the next hop's.
    /// </summary>
    public TimeSpan SetUp { get; internal set; }

    /// <summary>Bytes that crossed the hop's tor side on their way to the network (bridge: its network side).</summary>
    public long Outward => Interlocked.Read(ref _outward);

    /// <summary>Bytes that crossed the same side on their way to tor.</summary>
    public long Inward => Interlocked.Read(ref _inward);

    /// <summary>Says what carries the hop.</summary>
    internal void RunsIn(string program, int? processId = null) => (_program, _processId) = (program, processId);

    internal void CountOutward(int bytes) => Interlocked.Add(ref _outward, bytes);

    internal void CountInward(int bytes) => Interlocked.Add(ref _inward, bytes);

    /// <summary>Takes the time since <paramref name="started"/> (a Stopwatch timestamp) as the set-up time.</summary>
    internal void Granted(long started) => SetUp = Stopwatch.GetElapsedTime(started);
}
