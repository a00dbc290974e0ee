using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Sends signals to a child and its descendants. A child leads a process group of its own, so the program of a wrapper script is
/// reached too, and a Ctrl-C at a terminal reaches Plait alone, which ends its children in its own order (L8: some PTs die of SIGINT).
/// </summary>
internal static class ProcessSignals
{
    /// <summary>To a child's group, before the child is reaped: <see cref="ChildLauncher"/>.</summary>
    internal static void Send(int processId, int signal) => _ = Libc.Signal(-processId, signal);

    /// <summary>Whether there is such a process, or one that we may not ask about.</summary>
    internal static bool IsAlive(int processId) =>
        OperatingSystem.IsWindows() || Libc.Signal(processId, 0) == 0 || Libc.Error != Libc.NoProcess;

    /// <summary>Whether a signal has stopped it and it was not continued. A small 't' is a debugger's stop. False without /proc.</summary>
    internal static bool IsStopped(int processId) => StateOf(processId) == 'T';

    /// <summary>Whether it has ended and was not reaped yet. False without /proc.</summary>
    internal static bool IsZombie(int processId) => StateOf(processId) == 'Z';

    /// <summary>proc_pid_stat(5): <c>pid (name) state ...</c>; the name may hold brackets of its own.</summary>
    private static char? StateOf(int processId)
    {
        PollerThread.AssertNot();
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart() is [var state, ..] ? state : null;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }
}
