namespace Plait.Configuration;

/// <summary>What a file says, and everything wrong with it.</summary>
/// <param name="Configuration">What the sound lines say, for plait check; Plait does not start while there are problems.</param>
/// <param name="Problems">In the order of the file. Empty: all is well.</param>
public sealed record ConfigurationResult(PlaitConfiguration Configuration, IReadOnlyList<ConfigurationProblem> Problems);
