using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>A name that a line uses and another line, perhaps a later one, must declare.</summary>
/// <param name="Line">The line that uses it.</param>
/// <param name="Name">The name it uses.</param>
/// <param name="Role">In which role it must be declared, or null for any.</param>
/// <param name="OrChain">The name of a chain is accepted too.</param>
internal sealed record NameReference(ConfigurationLine Line, string Name, PtRole? Role, bool OrChain);
