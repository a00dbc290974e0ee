using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>A name that tor asked for, as a chain of known transports.</summary>
/// <param name="Alias">The name tor knows the chain by.</param>
/// <param name="Hops">At least one. Hop 0 is nearest to tor, on both sides; the last one is on the wire (C1).</param>
public sealed record ChainDefinition(string Alias, IReadOnlyList<TransportDeclaration> Hops)
{
    /// <summary>The chain as it is written: <c>obfs3|obfs4</c>.</summary>
    public override string ToString() => string.Join('|', Hops.Select(hop => hop.Name));

    /// <summary>Why a hop of this chain cannot stand at its place, by the ability that it lacks; or null.</summary>
    /// <remarks>
    /// An indirect client transport before the last hop goes where it likes (C6) unless the proxy joint catches its
    /// connections. Whether its program takes a proxy is known only after it answered: under
    /// <see cref="ClientJointChoice.Automatic"/> the answer is judged when it comes.
    /// </remarks>
    /// <param name="role">The side.</param>
    /// <returns>A sentence without a full stop, or null.</returns>
    public string? PlacementProblem(PtRole role) => OfTheOtherSide(role) is { } other ? $"{other.Name} {other.Source.Nature.LackOn(role)}"
        : role == PtRole.Client && Astray is { } hop
            ? $"{hop.Name} ignores the target it is given, so it has to use Plait as its proxy to stay in the chain {this}, but "
                + (hop.Source.Nature.Lack(HopAbility.TakesProxy) ?? "ClientTransportJoint says shim")
            : null;

    /// <summary>What to do about <see cref="PlacementProblem"/>.</summary>
    /// <param name="role">The side.</param>
    internal string PlacementAdvice(PtRole role) => OfTheOtherSide(role) is not null ? "Put another transport in its place."
        : Astray is { Source: { TakesProxy: false, Line: not null } } ? "Make it the last hop."
        : "Make it the last hop, or let Plait start it with ClientTransportJoint proxy.";

    private TransportDeclaration? Astray => Hops.SkipLast(1).FirstOrDefault(GoesAstray);

    private TransportDeclaration? OfTheOtherSide(PtRole role) => Hops.FirstOrDefault(hop => hop.Source.Nature.LackOn(role) is not null);

    private static bool GoesAstray(TransportDeclaration hop) =>
        hop is { Indirect: true, Source.IsPartOfPlait: false } && (!hop.Source.TakesProxy || hop.ClientJoint == ClientJointChoice.Shim);
}
