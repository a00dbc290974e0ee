using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>A chain as one role has it.</summary>
/// <param name="Role">The role.</param>
/// <param name="Chain">The chain, its hops as declared for that role.</param>
public sealed record RoleChain(PtRole Role, ChainDefinition Chain);
