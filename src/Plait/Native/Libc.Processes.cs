using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>This process, its threads and its user; what starts and reaps others is <see cref="ProcessCalls"/>.</summary>
internal static partial class Libc
{
    // sched(7): SCHED_OTHER, SCHED_BATCH
    private const int Other = 0, Batch = 3;

    // mallopt(3): M_ARENA_MAX
    private const int MostArenas = -8;

    /// <summary>The effective user id.</summary>
    internal static uint User => GetEffectiveUserId();

    /// <summary>The process that started this one, or that took it over when its parent ended. On any Unix.</summary>
    internal static int Parent => GetParentProcessId();

    /// <summary>Has the current thread scheduled as one that works in batches, or as usual. A policy that is neither was chosen for all of them, and stays.</summary>
    internal static void ScheduleInBatches(bool inBatches)
    {
        if (GetScheduler(0) is Other or Batch)
        {
            _ = SetScheduler(0, inBatches ? Batch : Other, 0);
        }
    }

    /// <summary>Limits the arenas of malloc(3). Each reserves 64 MiB of address space, and by default each thread gets one.</summary>
    internal static void LimitArenas(int count) => _ = SetMallocOption(MostArenas, count);

    /// <summary>Sends a signal to a process, or to a group by its negative id; 0 only asks whether it exists (kill(2)). On any Unix.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Signal(int process, int signal);

    /// <summary>Ends the process at once, without what .NET does at an end (_exit(2)). On any system.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParentProcessId();

    [LibraryImport("libc", EntryPoint = "sched_getscheduler")]
    private static partial int GetScheduler(int thread);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetMallocOption(int option, int value);
}
