using System.Runtime.InteropServices;

namespace Plait.Throughput.Measuring;

/// <summary>
/// Processor time of any process, user and system, to the nanosecond: clock_getcpuclockid(3). /proc/PID/stat counts the
/// same in ticks of 10 ms, which is too coarse for short rounds.
/// </summary>
internal static partial class ProcessorClock
{
    /// <summary>Time used since the process began, by all its threads; zero if it is gone.</summary>
    internal static TimeSpan Read(int pid)
    {
        if (GetClockId(pid, out int clock) != 0)
        {
            return TimeSpan.Zero;
        }

        // A 64-bit timespec. On 32-bit systems it is shorter; the benchmark runs on 64-bit ones.
        return GetTime(clock, out TimeSpec time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : TimeSpan.Zero;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int GetClockId(int pid, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);
}
