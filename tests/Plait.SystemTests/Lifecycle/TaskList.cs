using System.Globalization;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Lifecycle;

/// <summary>The threads of a process, as /proc/PID/task has them.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class TaskList
{
    /// <summary>The id of the thread that started a child.</summary>
    public static int StarterOf(int process, int child)
    {
        if (!File.Exists("/proc/thread-self/children"))
        {
            Programs.SkipOrFail("this kernel does not list the children of a thread (CONFIG_PROC_CHILDREN)");
        }

        foreach (string folder in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            if (ChildrenOf(folder).Contains(child.ToString(CultureInfo.InvariantCulture)))
            {
                return int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException($"{child} is no child of {process}");
    }

    /// <summary>The name of a thread.</summary>
    public static string NameOf(int process, int thread) => File.ReadAllText($"/proc/{process}/task/{thread}/comm").TrimEnd();

    private static string[] ChildrenOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "children")).Split(' ');
        }
        catch (IOException)
        {
            return []; // the thread has ended
        }
    }
}
