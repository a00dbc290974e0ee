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
    private int _spent; // as a bool: it has been said that none is left
    private long _refusedBefore;

    /// <summary>Told when no descriptor is left for a connection; null for nobody.</summary>
    internal DescriptorShortage? Descriptors { get; init; }

    /// <summary>Its connections are those of children at joints.</summary>
    internal bool OfJoints { get; init; }

    /// <summary>Connections open now.</summary>
    internal int Taken => Volatile.Read(ref _taken);

    /// <summary>Connections turned away because the budget was spent.</summary>
    internal long Refused => Interlocked.Read(ref _refused);

    private long _refused;

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
        // Over with a sixteenth free, so that a state at its limit does not end and begin with each connection.
        int taken = Interlocked.Decrement(ref _taken);
        if (logger is not null && taken < limit - (limit / 16) && Interlocked.Exchange(ref _spent, 0) == 1)
        {
            long refused = Refused;
            ChainLog.BudgetBack(logger, What, refused - Interlocked.Exchange(ref _refusedBefore, refused));
        }
    }

    private SafeText What => OfJoints ? SafeText.Of($"connections of programs at joints") : $"connections";

    /// <summary>A connection ended with an exception that nobody foresaw.</summary>
    internal void Unexpected(Exception error)
    {
        if (logger is not null)
        {
            ChainLog.Unexpected(logger, _scrubber.Scrub($"{error.GetType().Name}: {error.Message}"));
        }
    }

    /// <summary>A pause for an accept loop that got no descriptor: long enough not to spin, short enough not to be felt.</summary>
    internal Task AfterExhaustionAsync(CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
}
