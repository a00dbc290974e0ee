using System.Runtime.InteropServices;

namespace Plait.SystemTests.Exhaustion;

/// <summary>The limit of descriptors of a process that runs: prlimit(2).</summary>
internal static partial class DescriptorLimit
{
    private const int NumberOfFiles = 7;

    /// <summary>Sets the soft limit; the hard one stays.</summary>
    /// <returns>The soft limit until now.</returns>
    public static ulong Set(int pid, ulong limit)
    {
        Span<ulong> before = stackalloc ulong[2];
        Assert.Equal(0, ProcessLimit(pid, NumberOfFiles, [], before));
        Assert.Equal(0, ProcessLimit(pid, NumberOfFiles, [limit, before[1]], []));
        return before[0];
    }

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    private static partial int ProcessLimit(int pid, int resource, ReadOnlySpan<ulong> set, Span<ulong> get);
}
