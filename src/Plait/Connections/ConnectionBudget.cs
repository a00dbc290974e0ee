using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Secrecy;

namespace Plait.Connections;

/// <summary>How many connections may be open at a time, shared by the listeners that accept them (G6).</summary>
[ProgramSeam]
internal sealed class ConnectionBudget(int limit, TimeProvider time, ILogger? logger = null, Scrubber? scrubber = null)
{
    private readonly Scrubber _scrubber = scrubber ?? new();
    private int _taken;
    private int _spent; // as a bool: it has been logged that none is left
    private long _refused;
    private long _refusedBefore;

    /// <summary>Records that no descriptor is left for a connection; null to record nothing.</summary>
    internal DescriptorShortage? Descriptors { get; init; }

    /// <summary>Its connections come from children, at joints.</summary>
    internal bool OfJoints { get; init; }

    /// <summary>Connections open now.</summary>
    internal int Taken => Volatile.Read(ref _taken);

    /// <summary>Connections refused because the budget was spent.</summary>
    internal long Refused => Interlocked.Read(ref _refused);

    /// <summary>Takes one, if there is one; then <see cref="Release"/> is owed.</summary>
    internal bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _taken);
        Interlocked.Increment(ref _refused);
        if (logger is not null && Interlocked.Exchange(ref _spent, 1) == 0)
        {
            ChainLog.BudgetSpent(logger, limit, What);
        }

        return false;
    }

    /// <summary>Gives one back.</summary>
    internal void Release()
    {
        // The state is over with a sixteenth free, so that it does not end and begin with each connection.
        int taken = Interlocked.Decrement(ref _taken);
        if (logger is not null && taken < limit - (limit / 16) && Interlocked.Exchange(ref _spent, 0) == 1)
        {
            long refused = Refused;
            ChainLog.BudgetBack(logger, What, refused - Interlocked.Exchange(ref _refusedBefore, refused));
        }
    }

    private SafeText What => OfJoints ? SafeText.Of($"connections of programs at joints") : $"connections";

    /// <summary>Logs an unforeseen exception, which ended one connection.</summary>
    internal void Unexpected(Exception error)
    {
        if (logger is not null)
        {
            ChainLog.Unexpected(logger, _scrubber.Scrub($"{error.GetType().Name}: {error.Message}"));
        }
    }

    /// <summary>The pause of an accept loop that got no descriptor: 20 ms do not spin, and are not felt.</summary>
    internal Task AfterExhaustionAsync(CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
}
