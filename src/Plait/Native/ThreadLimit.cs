using Plait.Connections.Polling;

namespace Plait.Native;

/// <summary>
/// How many processes this user may have: RLIMIT_NPROC of getrlimit(2), <c>ulimit -u</c>, systemd's LimitNPROC=. The kernel counts threads.
/// </summary>
internal static class ThreadLimit
{
    private const int NumberOfProcesses = 6; // RLIMIT_NPROC, asm-generic

    // obfs4proxy takes up to ten threads while it moves data on two processors; Plait takes as many where they are to be had.
    private const nuint Low = 32;

    /// <summary>
    /// Whether there are so few that Plait must do with the least: one poller, one worker, and one processor for children in Go,
    /// which takes two or three threads from each of them.
    /// </summary>
    internal static bool IsLow { get; } = Limit() <= Low;

    private static nuint Limit()
    {
        Span<nuint> limits = stackalloc nuint[4]; // current and most: see Descriptors.Limit
        return OperatingSystem.IsLinux() && Libc.GetLimit(NumberOfProcesses, limits) == 0 ? limits[0] : nuint.MaxValue;
    }
}
