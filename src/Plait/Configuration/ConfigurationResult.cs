namespace Plait.Configuration;

/// <summary>The contents of a file, and its problems.</summary>
/// <param name="Configuration">The contents of the valid lines, for plait check; Plait does not start with a file that has problems.</param>
/// <param name="Problems">In the order of the file; empty if there are none.</param>
public sealed record ConfigurationResult(PlaitConfiguration Configuration, IReadOnlyList<ConfigurationProblem> Problems);
