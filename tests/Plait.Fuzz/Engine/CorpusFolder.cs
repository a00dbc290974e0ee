using System.Security.Cryptography;

namespace Plait.Fuzz.Engine;

/// <summary>Inputs as files: one an input, the name says what it is about.</summary>
internal static class CorpusFolder
{
    private const int LongestName = 48;

    /// <summary>Every input of a folder, in the order of the names; none if there is no such folder.</summary>
    internal static IReadOnlyList<(string Name, byte[] Input)> Read(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]
        : [];

    /// <summary>Writes an input under a name made of its behaviour.</summary>
    internal static void Write(string folder, string behaviour, byte[] input)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, $"{NameOf(behaviour)}-{Digest(input)}"), input);
    }

    /// <summary>Eight hex digits that tell inputs apart.</summary>
    internal static string Digest(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input).AsSpan(0, 4));

    private static string NameOf(string behaviour)
    {
        char[] letters = [.. behaviour.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')];
        string[] words = new string(letters).Split('-', StringSplitOptions.RemoveEmptyEntries);
        string name = words.Length == 0 ? "nothing" : string.Join('-', words);
        return (name.Length <= LongestName ? name : name[..LongestName]).TrimEnd('-');
    }
}
