using System.Runtime.InteropServices;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Sends signals to a child and its descendants. A child leads a process group of its own, so the program of a wrapper script is
/// reached too, and a Ctrl-C at a terminal reaches Plait alone, which ends its children in its own order (L8: some PTs die of SIGINT).
/// </summary>
internal static partial class ProcessSignals
{
    internal const int SignalInterrupt = 2, SignalKill = 9, SignalTerminate = 15; // signal(7)

    /// <summary>To a child's group, before the child is reaped: <see cref="ChildLauncher"/>.</summary>
    internal static void Send(int processId, int signal) => _ = Signal(-processId, signal);

    /// <summary>Whether the process exists; true also if we may not ask.</summary>
    internal static bool IsAlive(int processId)
    {
        const int noSuchProcess = 3; // ESRCH
        return OperatingSystem.IsWindows() || Signal(processId, 0) == 0 || Marshal.GetLastPInvokeError() != noSuchProcess;
    }

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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int processId, int signal);
}
