using System.Runtime.InteropServices;

namespace Plait.Processes;

/// <summary>
/// Signals to a child and all that it started. A child leads a process group of its own where the system has setsid(1):
/// a wrapper script's program is then reached too, and a Ctrl-C at a terminal reaches Plait alone, which ends its
/// children in its own order (L8: some PTs die of SIGINT).
/// </summary>
internal static partial class ProcessSignals
{
    private const int SignalTerminate = 15;
    private const int SignalKill = 9;

    /// <summary>Asks the child, and its group if it leads one, to end (C30: Process.Kill is SIGKILL).</summary>
    internal static void Terminate(int processId) => Send(processId, SignalTerminate, alsoAlone: true);

    /// <summary>Kills what is left of the group of a child that has ended itself.</summary>
    internal static void KillRest(int processId) => Send(processId, SignalKill, alsoAlone: false);

    /// <summary>Kills the child and its group.</summary>
    internal static void Kill(int processId) => Send(processId, SignalKill, alsoAlone: true);

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

    private static void Send(int processId, int signal, bool alsoAlone)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // There is no group of this id if the child could not be made its leader.
        if (Signal(-processId, signal) != 0 && alsoAlone)
        {
            _ = Signal(processId, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int processId, int signal);
}
