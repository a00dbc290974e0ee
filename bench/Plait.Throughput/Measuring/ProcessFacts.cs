using System.Globalization;

namespace Plait.Throughput.Measuring;

/// <summary>What /proc says about a process.</summary>
internal static class ProcessFacts
{
    /// <summary>Resident memory in bytes, managed and native together, shared pages too.</summary>
    internal static long ResidentBytes(int pid) => Value(pid, "status", "VmRSS:") * 1024;

    /// <summary>The same, with each shared page divided by the number of processes that share it, in bytes.</summary>
    internal static long ProportionalBytes(int pid) => Value(pid, "smaps_rollup", "Pss:") * 1024;

    /// <summary>Threads.</summary>
    internal static int Threads(int pid) => (int)Value(pid, "status", "Threads:");

    /// <summary>Open descriptors.</summary>
    internal static int Descriptors(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    /// <summary>The processes below one, itself left out.</summary>
    internal static IReadOnlyList<int> Descendants(int pid)
    {
        ILookup<int, int> children = (
            from folder in Directory.EnumerateDirectories("/proc")
            where int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            let id = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)
            select (Parent: ParentOf(id), Id: id)).ToLookup(entry => entry.Parent, entry => entry.Id);
        List<int> found = [.. children[pid]];
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(children[found[i]]);
        }

        return found;
    }

    private static long Value(int pid, string file, string key) => File.ReadLines($"/proc/{pid}/{file}")
        .Where(line => line.StartsWith(key, StringComparison.Ordinal))
        .Select(line => line[key.Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[0])
        .Select(number => long.Parse(number, CultureInfo.InvariantCulture))
        .Single();

    private static int ParentOf(int pid)
    {
        try
        {
            // proc(5): pid (name) state parent ...; the name may hold blanks and brackets of its own.
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.Parse(fields[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0; // it has ended meanwhile
        }
    }
}
