using System.Globalization;

namespace Plait.Benchmarks.Allocations;

/// <summary>The committed figures: one line for each operation, its name and its bytes. Lines with # are for people.</summary>
internal static class AllocationFile
{
    private const string Head =
        """
        # Bytes that one operation allocates: ./test fails when one allocates more. Renew with: eng/renew-allocations
        """;

    internal static IReadOnlyDictionary<string, long> Read(string path) => File.ReadLines(path)
        .Where(line => line.Length > 0 && !line.StartsWith('#'))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));

    internal static void Write(string path, IEnumerable<(string Name, long Bytes)> figures)
    {
        (string Name, long Bytes)[] all = [.. figures];
        int width = all.Max(figure => figure.Name.Length);
        File.WriteAllLines(path, [Head, .. all.Select(figure => $"{figure.Name.PadRight(width)} {figure.Bytes,6}")]);
    }
}
