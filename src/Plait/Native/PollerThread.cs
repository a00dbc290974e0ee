using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Plait.Native;

/// <summary>
/// The rule of a poller's thread: nothing on it waits for a disk, a process or a name server, because every connection of that thread would
/// wait too. Helpers that may wait check the rule here; a caller meets it by <c>Poller.LeaveAsync</c>.
/// </summary>
internal static class PollerThread
{
    [ThreadStatic]
    private static bool t_isCurrent;

    /// <summary>The current thread is a poller's, from now to its end.</summary>
    internal static void Enter() => t_isCurrent = true;

    /// <summary>Checks that the current thread is not a poller's. Debug builds only: a release build has no trace of the call.</summary>
    /// <exception cref="InvalidOperationException">It is a poller's thread.</exception>
    [Conditional("DEBUG")]
    internal static void AssertNot([CallerMemberName] string? caller = null, [CallerFilePath] string? file = null)
    {
        if (t_isCurrent)
        {
            throw new InvalidOperationException(
                $"{Path.GetFileNameWithoutExtension(file)}.{caller} may wait, and was called on a poller's thread: await Poller.LeaveAsync() first.");
        }
    }
}
