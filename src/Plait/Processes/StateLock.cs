using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Sees to it that only one Plait of a role uses a folder of state at a time: two would share identities and overwrite
/// each other's register. The system lets go of the lock when its holder ends, however that comes about.
/// </summary>
internal sealed class StateLock : IDisposable
{
    // A successor that tor has just started waits for this; nobody notices so short a delay, and it is twenty looks a second.
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private StateLock(FileStream file)
    {
        _file = file;
    }

    /// <summary>Takes the lock, or waits for a predecessor that is still ending.</summary>
    /// <param name="root">The folder; made if it is not there. The lock's file in it stays there.</param>
    /// <param name="role">Each role has its own.</param>
    /// <param name="patience">How long a predecessor may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">Another Plait holds it, or the file cannot be made.</exception>
    internal static async Task<StateLock> TakeAsync(
        string root, PtRole role, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        StateDirectories.CreatePrivate(root);
        string path = Path.Combine(root, role == PtRole.Client ? "client.lock" : "server.lock");
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(path) && time.GetElapsedTime(started) < patience)
            {
                await Task.Delay(s_retry, time, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e) when (File.Exists(path))
            {
                throw new IOException(
                    $"another Plait uses {root}; give each plugin line of one tor that starts Plait a plaitrc with a file name of its own", e);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
