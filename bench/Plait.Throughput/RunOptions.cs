namespace Plait.Throughput;

/// <summary>What one run is to measure.</summary>
/// <param name="Quick">Shorter rounds.</param>
/// <param name="Sections">Only these; empty for all, and the page.</param>
/// <param name="Beside">
/// Another form of Plait, whose start, memory and size are measured in turn with the published program's; null for none.
/// </param>
internal sealed record RunOptions(bool Quick, IReadOnlyList<string> Sections, string? Beside)
{
    /// <summary>What a wrong word is answered with.</summary>
    internal static string Usage { get; } =
        $"usage: bench/run [--quick] [--beside PLAIT] [SECTION...]; sections: {string.Join(' ', Run.Sections)}";

    /// <summary>Reads the words of the command.</summary>
    /// <returns>Null for an unknown word, or a missing one.</returns>
    internal static RunOptions? Parse(IReadOnlyList<string> words)
    {
        bool quick = false;
        string? beside = null;
        List<string> sections = [];
        for (int i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "--quick":
                    quick = true;
                    break;
                case "--beside" when i + 1 < words.Count:
                    beside = Path.GetFullPath(words[++i]);
                    break;
                case var section when Run.Sections.Contains(section):
                    sections.Add(section);
                    break;
                default:
                    return null;
            }
        }

        return new(quick, sections, beside);
    }
}
