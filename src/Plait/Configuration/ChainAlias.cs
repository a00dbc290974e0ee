namespace Plait.Configuration;

/// <summary>An <c>Alias</c> line: the C identifier under which tor knows a chain (N3).</summary>
/// <param name="Name">The name that tor asks for.</param>
/// <param name="Hops">Names of transports, at least one, hop 0 nearest to tor. A role may lack some of them.</param>
/// <param name="At">The line.</param>
public sealed record ChainAlias(string Name, IReadOnlyList<string> Hops, SourceLine At);
