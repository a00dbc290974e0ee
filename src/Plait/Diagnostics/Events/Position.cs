namespace Plait.Diagnostics.Events;

/// <summary>One use of a transport: its position in a chain.</summary>
/// <param name="Chain">The chain's alias.</param>
/// <param name="Hop">Index of the hop, 0 nearest to tor.</param>
/// <param name="Transport">The transport there.</param>
public sealed record Position(string Chain, int Hop, string Transport);
