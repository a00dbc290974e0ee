using System.Runtime.InteropServices;

namespace Plait.Processes;

/// <summary>
/// Signals to a child and all that it started. A child leads a process group of its own: a wrapper script's program is then
/// reached too, and a Ctrl-C at a terminal reaches Plait alone, which ends its children in its own order (L8: some PTs die of SIGINT).
/// </summary>
internal static partial class ProcessSignals
{
    internal const int SignalInterrupt = 2, SignalKill = 9, SignalTerminate = 15; // signal(7)

    /// <summary>To a child's group, before the child is reaped: <see cref="ChildLauncher"/>.</summary>
    internal static void Send(int processId, int signal) => _ = Signal(-processId, signal);

    /// <summary>Whether there is such a process, or one that we may not ask about.</summary>
    internal static bool IsAlive(int processId)
    {
        const int noSuchProcess = 3; // ESRCH
        return OperatingSystem.IsWindows() || Signal(processId, 0) == 0 || Marshal.GetLastPInvokeError() != noSuchProcess;
    }

    /// <summary>Whether it has been stopped by a signal, and not continued. False where /proc does not tell.</summary>
    internal static bool IsStopped(int processId)
    {
        try
        {
            // proc_pid_stat(5): pid (name) state ...; the name may hold brackets of its own. A small 't' is a debugger's.
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart().StartsWith("T");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int processId, int signal);
}
