namespace Plait.Configuration;

/// <summary>What a file says, and everything wrong with it.</summary>
/// <param name="Configuration">Always usable: a bad line is left out, the others work (G8).</param>
/// <param name="Problems">In the order of the file. Empty: all is well.</param>
public sealed record ConfigurationResult(PlaitConfiguration Configuration, IReadOnlyList<ConfigurationProblem> Problems);
