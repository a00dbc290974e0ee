namespace Plait.Configuration;

/// <summary>One thing wrong in the file, for a person to repair.</summary>
/// <remarks>Names keywords, names and argument keys, never an address or the value of an argument (G5).</remarks>
/// <param name="At">Where, or null when it is not in one line.</param>
/// <param name="What">What is wrong, without a full stop.</param>
/// <param name="Instead">What to write instead: one sentence with its full stop.</param>
public sealed record ConfigurationProblem(SourceLine? At, string What, string Instead)
{
    /// <summary>One line: <c>plaitrc:12: What. Instead.</c></summary>
    public override string ToString() => At is null ? $"{What}. {Instead}" : $"{At}: {What}. {Instead}";
}
