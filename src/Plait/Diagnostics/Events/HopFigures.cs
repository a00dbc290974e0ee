using Plait.Diagnostics.Secrecy;

namespace Plait.Diagnostics.Events;

/// <summary>What one hop of one connection is, how long it took, and what it carried. The counts grow while the connection lives.</summary>
public abstract class HopFigures
{
    private long _outward;
    private long _inward;
    private int? _processId;

    private protected HopFigures(string transport) => Transport = transport;

    /// <summary>The hop's transport.</summary>
    public string Transport { get; }

    /// <summary>Program and process id, or "in process".</summary>
    public string Process => _processId is { } id ? $"{Program} (pid {id})" : Program.ToString();

    /// <summary>How its stream enters the next hop.</summary>
    public JointKind Joint { get; internal set; }

    /// <summary>
    /// Time from asking this hop until it had granted, with every hop behind it; zero on a server, where hops open as
    /// bytes arrive. What the hop itself took is the difference to the next hop's.
    /// </summary>
    public TimeSpan SetUp { get; internal set; }

    /// <summary>
    /// Bytes that crossed the hop's tor side on their way to the network; on a bridge its network side, or its tor side too if it is
    /// a program that listens at the wire itself.
    /// </summary>
    public long Outward => Interlocked.Read(ref _outward);

    /// <summary>Bytes that crossed the same side on their way to tor.</summary>
    public long Inward => Interlocked.Read(ref _inward);

    /// <summary>The name of what serves the hop; empty until that is known.</summary>
    private protected SafeText Program { get; private set; } = SafeText.Empty;

    /// <summary>Sets what serves the hop.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="processId">Its process id; null if it is no child.</param>
    internal void RunsIn(SafeText program, int? processId = null) => (Program, _processId) = (program, processId);

    private protected void AddOutward(int bytes) => Interlocked.Add(ref _outward, bytes);

    private protected void AddInward(int bytes) => Interlocked.Add(ref _inward, bytes);
}
