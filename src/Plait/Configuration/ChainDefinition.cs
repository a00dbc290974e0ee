using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>A name that tor asked for, as a chain of known transports.</summary>
/// <param name="Alias">The name tor knows the chain by.</param>
/// <param name="Hops">At least one. Hop 0 is nearest to tor, on both sides; the last one is on the wire (C1).</param>
public sealed record ChainDefinition(string Alias, IReadOnlyList<TransportDeclaration> Hops)
{
    /// <summary>The chain as it is written: <c>obfs3|obfs4</c>.</summary>
    public override string ToString() => string.Join('|', Hops.Select(hop => hop.Name));

    /// <summary>Why this chain would let traffic past its later hops, or null.</summary>
    /// <remarks>
    /// An indirect client transport before the last hop goes where it likes (C6) unless the proxy joint catches its
    /// connections. Whether its program takes a proxy is known only after it answered: under
    /// <see cref="ClientJointChoice.Automatic"/> the answer is judged when it comes.
    /// </remarks>
    /// <param name="role">Servers are never affected: null.</param>
    /// <returns>A sentence without a full stop, or null.</returns>
    public string? PlacementProblem(PtRole role)
    {
        if (role == PtRole.Server || Hops.SkipLast(1).FirstOrDefault(GoesAstray) is not { } hop)
        {
            return null;
        }

        string why = !hop.Source.TakesProxy
            ? hop.Source.WhyNoProxy
            : "ClientTransportJoint says shim";
        return $"{hop.Name} ignores the target it is given, so it has to use Plait as its proxy to stay in the chain {this}, but {why}";
    }

    /// <summary>What to do about <see cref="PlacementProblem"/>.</summary>
    internal string PlacementAdvice => Hops.SkipLast(1).FirstOrDefault(GoesAstray) is { Source: { TakesProxy: false, Line: not null } }
        ? "Make it the last hop."
        : "Make it the last hop, or let Plait start it with ClientTransportJoint proxy.";

    private static bool GoesAstray(TransportDeclaration hop) =>
        hop is { Indirect: true, Source.IsPartOfPlait: false } && (!hop.Source.TakesProxy || hop.ClientJoint == ClientJointChoice.Shim);
}
