using System.Globalization;
using System.Runtime.InteropServices;
using Plait.Throughput.Contenders;

namespace Plait.Throughput.Report;

/// <summary>Names the machine and the programs.</summary>
internal static class MachineReader
{
    internal static async Task<Machine> ReadAsync(
        IReadOnlyList<Form> forms, string? haproxy, string? socat, string? obfs4proxy)
    {
        List<string> programs = [];
        foreach (Form form in forms)
        {
            programs.Add($"{form.Name}: {await Programs.VersionAsync(form.Program, "--version", "plait")}");
        }

        foreach ((string? program, string argument, string word) in new[]
                 {
                     (haproxy, "-v", "version"), (socat, "-V", "socat version"), (obfs4proxy, "-version", "obfs4proxy"),
                 })
        {
            if (program is not null)
            {
                programs.Add(await Programs.VersionAsync(program, argument, word));
            }
        }

        return new(
            Value("/proc/cpuinfo", "model name", ':'),
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30),
            Environment.OSVersion.Version.ToString(),
            Value("/etc/os-release", "PRETTY_NAME", '=').Trim('"'),
            (await File.ReadAllTextAsync("/proc/sys/net/ipv4/tcp_congestion_control")).Trim(),
            RuntimeInformation.FrameworkDescription,
            programs,
            double.Parse((await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0], CultureInfo.InvariantCulture));
    }

    private static string Value(string file, string key, char separator) => File.ReadLines(file)
        .Where(line => line.StartsWith(key, StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(separator, StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault("unknown");
}
