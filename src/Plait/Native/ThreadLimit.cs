
namespace Plait.Native;

/// <summary>
/// Whether threads are scarce. What limits processes limits threads: RLIMIT_NPROC of getrlimit(2) (<c>ulimit -u</c>, LimitNPROC=), and a
/// control group's pids.max (TasksMax=).
/// </summary>
[ProgramSeam]
internal static class ThreadLimit
{
    // obfs4proxy takes up to ten threads while it moves data on two processors; Plait takes as many where they are to be had.
    private const nuint Low = 32;

    /// <summary>
    /// Whether there are so few that Plait must do with the least: one poller, one worker, and one processor for children in Go,
    /// which takes two or three threads from each of them.
    /// </summary>
    internal static bool IsLow { get; set; } = Libc.ProcessLimit <= Low; // the program tries how many there are, and may set it
}
