using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>The plaitrc and the role that state belongs to.</summary>
/// <param name="Location">tor's state location.</param>
/// <param name="Name">The plaitrc's file name.</param>
/// <param name="Path">Its full path; null if the configuration is no file.</param>
/// <param name="Role">Client or server.</param>
internal sealed record StateOwner(string Location, string Name, string? Path, PtRole Role)
{
    /// <summary>The folder that bears the plaitrc's name.</summary>
    internal string Root => StateDirectories.RootOf(Location, Name);
}

/// <summary>Our folder of state, locked, with its register.</summary>
internal sealed class StateHome : IDisposable
{
    private readonly StateLock _lock;

    private StateHome(StateLock held, StateDirectories directories)
    {
        (_lock, Directories) = (held, directories);
    }

    /// <summary>Which directory belongs to which child.</summary>
    internal StateDirectories Directories { get; }

    /// <summary>
    /// Opens the folder that bears the plaitrc's name. If it has no register yet and another folder holds the state of the same
    /// chains, goes on with that (<see cref="StateSuccession"/>).
    /// </summary>
    /// <param name="owner">The plaitrc and the role.</param>
    /// <param name="positions">The places that children will fill.</param>
    /// <param name="patience">How long a predecessor that still ends may hold the folder.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it is reported.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateInUseException">Another Plait uses the folder.</exception>
    /// <exception cref="IOException">The folder cannot be made, or its register cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made, or its register may not be read.</exception>
    internal static async Task<StateHome> OpenAsync(
        StateOwner owner, IReadOnlyCollection<Position> positions, TimeSpan patience, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        StateLock? held = null;
        try
        {
            Exception? problem = null;
            try
            {
                held = await StateLock.TakeAsync(owner.Root, owner.Role, patience, time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (DiskErrors.IsOne(e) && e is not StateInUseException)
            {
                problem = e; // the state of a plaitrc that was renamed may be there all the same
            }

            string root = owner.Root;
            if (!StateDirectories.HasRegister(root, owner.Role)
                && new StateSuccession(owner, positions, logger).Continue(mayMove: held is { Problem: null }) is var (old, oldLock))
            {
                held?.Dispose();
                (root, held) = (old, oldLock);
            }

            if (held is null)
            {
                throw problem is UnauthorizedAccessException ? problem : new IOException(problem!.Message, problem);
            }

            return Open(owner, root, held, logger);
        }
        catch (Exception e)
        {
            held?.Dispose();
            if (e is UnauthorizedAccessException denied)
            {
                throw StateTrouble.OfOurs(owner.Root, denied);
            }

            throw;
        }
    }

    /// <summary>Lets a successor have the folder.</summary>
    public void Dispose() => _lock.Dispose();

    private static StateHome Open(StateOwner owner, string root, StateLock held, ILogger logger)
    {
        if (held.Problem is { } notLocked)
        {
            ProcessLog.StateNotLocked(logger, SafeText.Own(notLocked));
        }

        var home = new StateHome(held, StateDirectories.Open(root, owner.Role, logger));
        StateSuccession.Record(root, owner);
        return home;
    }
}
