using System.Globalization;

namespace Plait.SystemTests.Lifecycle;

/// <summary>Threads of a process, as /proc/PID/task has them.</summary>
internal static class TaskList
{
    /// <summary>The ids of the threads whose name begins so.</summary>
    public static IReadOnlySet<int> Named(int process, string start) =>
        Threads(process).Where(thread => NameOf(process, thread).StartsWith(start, StringComparison.Ordinal)).ToHashSet();

    /// <summary>The ids of all threads.</summary>
    public static IReadOnlySet<int> Threads(int process) => Directory.EnumerateDirectories($"/proc/{process}/task")
        .Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))
        .ToHashSet();

    private static string NameOf(int process, int thread)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/task/{thread}/comm");
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }
}
