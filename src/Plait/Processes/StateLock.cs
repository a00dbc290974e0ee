using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Lets only one Plait of a role use a folder of state at a time: two would share identities and overwrite each other's
/// register. The system releases the lock when its holder ends, in whatever way.
/// </summary>
internal sealed class StateLock : IDisposable
{
    // A successor that tor has just started waits for this; a delay that short is not noticed, and it is twenty looks a second.
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly FileStream? _file;

    private StateLock(FileStream? file, string? problem)
    {
        (_file, Problem) = (file, problem);
    }

    /// <summary>Why there is no lock, where the disk is full or read-only and holds no file to lock; null if there is one.</summary>
    internal string? Problem { get; }

    /// <summary>Takes the lock, or waits for a predecessor that is still ending.</summary>
    /// <param name="root">The folder; made if it is not there. The lock's file in it stays there.</param>
    /// <param name="role">Each role has its own.</param>
    /// <param name="patience">How long a predecessor may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StateInUseException">Another Plait holds it.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be made.</exception>
    internal static async Task<StateLock> TakeAsync(
        string root, PtRole role, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        StateDirectories.CreatePrivate(root);
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return Open(root, role);
            }
            catch (IOException e) when (DiskErrors.IsLocked(e))
            {
                if (time.GetElapsedTime(started) >= patience)
                {
                    throw new StateInUseException(root, e);
                }

                await Task.Delay(s_retry, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes the lock of a folder that exists, if no other Plait holds it.</summary>
    /// <returns>Null if another Plait uses the folder.</returns>
    internal static StateLock? TryTake(string root, PtRole role)
    {
        try
        {
            return Open(root, role);
        }
        catch (IOException e) when (DiskErrors.IsLocked(e))
        {
            return null;
        }
    }

    public void Dispose() => _file?.Dispose();

    /// <exception cref="IOException">It is locked.</exception>
    private static StateLock Open(string root, PtRole role)
    {
        PollerThread.AssertNot();
        string path = Path.Combine(root, role == PtRole.Client ? "client.lock" : "server.lock");
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), null);
        }
        catch (Exception e) when (DiskErrors.IsOne(e) && !DiskErrors.IsLocked(e))
        {
            return OpenToRead(path, e);
        }
    }

    /// <summary>A folder that may not be written may still hold the file, and reading it is enough for a lock.</summary>
    private static StateLock OpenToRead(string path, Exception problem)
    {
        try
        {
            return new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None), null);
        }
        catch (Exception e) when (DiskErrors.IsOne(e) && !DiskErrors.IsLocked(e))
        {
            return new(null, problem.Message);
        }
    }
}

/// <summary>Another Plait uses the folder of state. That passes when it ends.</summary>
[ProgramSeam]
internal sealed class StateInUseException(string root, Exception inner) : IOException(
    $"another Plait uses {root}; give each plugin line of one tor that starts Plait a plaitrc with a file name of its own", inner);
