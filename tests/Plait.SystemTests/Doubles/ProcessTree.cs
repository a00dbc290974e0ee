using System.Globalization;

namespace Plait.SystemTests.Doubles;

/// <summary>Who lives below whom, from /proc.</summary>
internal static class ProcessTree
{
    /// <summary>The ids of all living processes below <paramref name="pid"/>, itself left out.</summary>
    public static IReadOnlyList<int> Descendants(int pid)
    {
        ILookup<int, int> children = All().ToLookup(p => p.Parent, p => p.Id);
        var found = new List<int>(children[pid]);
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(children[found[i]]);
        }

        return found;
    }

    /// <summary>
    /// Whether the process lives. One that ended and was not reaped (a zombie) does not; one whose first thread alone has ended does,
    /// and still has its sockets.
    /// </summary>
    public static bool IsAlive(int pid) => Threads(pid).Any(thread => Fields(pid, $"task/{thread}/stat") is [not ("Z" or "X"), ..]);

    /// <summary>How many children of the process have ended without being asked about (zombies).</summary>
    public static int Unreaped(int pid) => Ids().Count(id => Fields(id) is ["Z", var parent, ..] && int.Parse(parent, CultureInfo.InvariantCulture) == pid);

    /// <summary>The living processes of these process groups: what a child that ended has left behind, for instance.</summary>
    public static IReadOnlyList<int> InGroups(IReadOnlySet<int> groups) =>
        [.. Ids().Where(id => Fields(id) is [not ("Z" or "X"), _, var group, ..] && groups.Contains(int.Parse(group, CultureInfo.InvariantCulture)))];

    /// <summary>Waits until there are at least <paramref name="count"/> processes below <paramref name="pid"/>.</summary>
    public static Task<IReadOnlyList<int>> WaitForDescendantsAsync(int pid, int count) =>
        Deadline.PollAsync(
            () => Descendants(pid) is var found && found.Count >= count ? found : null, $"{count} processes below {pid}");

    /// <summary>Waits until none of the processes lives.</summary>
    public static Task WaitUntilGoneAsync(IReadOnlyCollection<int> pids, TimeSpan? limit = null) =>
        Deadline.PollAsync(() => pids.Any(IsAlive) ? null : pids, "processes are gone", limit,
            () => "still alive: " + string.Join(", ", pids.Where(IsAlive).Select(pid => $"{pid} {CommandLine(pid)}")));

    /// <summary>A process and those below it: state, signals, where each waits. For the message of a test that waits for an end in vain.</summary>
    public static string Describe(int pid) => string.Join('\n', from id in Descendants(pid).Prepend(pid)
        let status = ReadFile(id, "status").Split('\n').Where(line => line.StartsWith("State", StringComparison.Ordinal) || line.StartsWith("Sig", StringComparison.Ordinal) || line.StartsWith("ShdPnd", StringComparison.Ordinal))
        select $"{id} {CommandLine(id)}: {string.Join(", ", status)}, waits in {ReadFile(id, "wchan")}");

    /// <summary>How many descriptors the process has open.</summary>
    public static int DescriptorCount(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    /// <summary>How many sockets and pipes it has open: what comes and goes with connections. Files are also loaded code.</summary>
    public static int SocketsAndPipes(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd")
        .Select(descriptor => new FileInfo(descriptor).LinkTarget)
        .Count(target => target?.StartsWith("socket:", StringComparison.Ordinal) == true || target?.StartsWith("pipe:", StringComparison.Ordinal) == true);

    /// <summary>The environment with which the process was started; empty if it has ended.</summary>
    public static IReadOnlyList<KeyValuePair<string, string?>> EnvironmentOf(int pid) =>
    [
        .. from entry in ReadFile(pid, "environ").Split('\0')
           let sign = entry.IndexOf('=', StringComparison.Ordinal)
           where sign > 0
           select KeyValuePair.Create(entry[..sign], (string?)entry[(sign + 1)..]),
    ];

    /// <summary>How much memory the process has resident.</summary>
    public static long ResidentBytes(int pid) => ReadFile(pid, "status").Split('\n')
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
        .Select(kibibytes => long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024)
        .Single();

    /// <summary>The words of its command line, with a blank after each; empty if it has ended.</summary>
    public static string CommandLine(int pid) => ReadFile(pid, "cmdline").Replace('\0', ' ');

    private sealed record Entry(int Id, int Parent);

    private static IEnumerable<Entry> All() =>
        from id in Ids()
        let entry = Read(id)
        where entry is not null
        select entry;

    private static IEnumerable<int> Ids() =>
        from folder in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _)
        select int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);

    private static Entry? Read(int pid) =>
        Fields(pid) is [not ("Z" or "X"), var parent, ..] ? new(pid, int.Parse(parent, CultureInfo.InvariantCulture)) : null;

    /// <summary>The names of its threads; none when the process has ended meanwhile.</summary>
    private static string[] Threads(int pid)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{pid}/task").Select(folder => Path.GetFileName(folder))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>State, parent and what follows of proc(5)'s stat. The name before them may hold blanks and brackets of its own.</summary>
    private static string[] Fields(int pid, string file = "stat")
    {
        string stat = ReadFile(pid, file);
        return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The file, or nothing when the process has ended meanwhile.</summary>
    private static string ReadFile(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{name}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
