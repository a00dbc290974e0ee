using System.Globalization;

namespace Plait.SystemTests.Neighbours;

/// <summary>Where a process listens for TCP over IPv4, as /proc has it: its sockets, looked up in proc_net_tcp(5).</summary>
internal static class ListeningPorts
{
    private const string Listening = "0A";

    public static IReadOnlySet<int> Of(int pid)
    {
        HashSet<string> inodes = [.. Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(TargetOf)
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal)).Select(target => target["socket:[".Length..^1])];
        return File.ReadLines($"/proc/{pid}/net/tcp").Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == Listening && inodes.Contains(fields[9]))
            .Select(fields => int.Parse(fields[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            .ToHashSet();
    }

    private static string TargetOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // closed in between
        }
    }
}
