namespace Plait;

/// <summary>
/// Marks an internal type, or an internal member of a public type, that the program (Plait.Cli) uses beside the public surface. A test
/// compares what is marked with what the program references, so the seam grows only on purpose.
/// </summary>
[AttributeUsage(AttributeTargets.All)]
internal sealed class ProgramSeamAttribute : Attribute;
