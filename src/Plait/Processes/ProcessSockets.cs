using System.Globalization;
using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Processes;

/// <summary>Which sockets the processes of a child have, by /proc (proc_pid_fd(5)).</summary>
internal static class ProcessSockets
{
    /// <summary>Whether a process of a child's group has a socket.</summary>
    /// <param name="child">The id of the child, which leads the group.</param>
    /// <param name="inode">The socket's.</param>
    /// <returns>Null if that cannot be seen: there is no /proc, or a process of the group runs as another user.</returns>
    internal static bool? Has(int child, uint inode)
    {
        PollerThread.AssertNot();
        string link = string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]");
        bool? leader = ProcessHas(child, link);
        if (leader == true)
        {
            return true;
        }

        bool allSeen = leader is not null;
        foreach (int process in GroupOf(child))
        {
            switch (ProcessHas(process, link))
            {
                case true:
                    return true;
                case null:
                    allSeen = false;
                    break;
            }
        }

        return allSeen ? false : null;
    }

    private static bool? ProcessHas(int process, string link)
    {
        try
        {
            return new DirectoryInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd"))
                .EnumerateFileSystemInfos().Any(descriptor => LinkOf(descriptor) == link);
        }
        catch (DirectoryNotFoundException)
        {
            return Directory.Exists("/proc/self/fd") ? false : null; // it has ended
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }

    private static string? LinkOf(FileSystemInfo descriptor)
    {
        try
        {
            return descriptor.LinkTarget;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null; // closed by now
        }
    }

    /// <summary>The other processes of the group that a child leads: what a wrapper script has started, and the workers of a program.</summary>
    private static IEnumerable<int> GroupOf(int child)
    {
        IEnumerable<string> processes;
        try
        {
            processes = [.. Directory.EnumerateDirectories("/proc")];
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            yield break;
        }

        foreach (string folder in processes)
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && process != child && GroupOfProcess(folder) == child)
            {
                yield return process;
            }
        }
    }

    /// <summary>proc_pid_stat(5): <c>pid (name) state parent group ...</c>; the name may hold brackets of its own.</summary>
    private static int? GroupOfProcess(string folder)
    {
        try
        {
            string stat = File.ReadAllText(folder + "/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 2 && int.TryParse(fields[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int group) ? group : null;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }
}
