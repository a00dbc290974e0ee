using Plait.Configuration;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Hops;

/// <summary>The options of a bridge's hops: those of the plaitrc, and those that tor gives for a chain.</summary>
/// <param name="fromPlaitrc">By the name of a transport or chain.</param>
/// <param name="fromTor">tor's ServerTransportOptions, by chain.</param>
internal sealed class ServerOptions(IReadOnlyDictionary<string, PtArguments> fromPlaitrc, IReadOnlyDictionary<string, PtArguments> fromTor)
{
    /// <summary>The options of each hop of a chain. A key that is given more closely hides the others.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="perHop">The options, by hop.</param>
    /// <returns>Null, or what is wrong with them.</returns>
    internal string? Distribute(ChainDefinition chain, out IReadOnlyList<PtArguments> perHop)
    {
        PtArguments flat = Override(Of(chain.Alias), fromTor.GetValueOrDefault(chain.Alias, PtArguments.Empty));
        if (!ChainArguments.TryDistribute(flat, chain.Hops.Count, out perHop, out string? error))
        {
            return $"its ServerTransportOptions: {error}";
        }

        perHop = [.. perHop.Zip(chain.Hops, (closer, transport) => Override(Of(transport.Name), closer))];
        return null;
    }

    private PtArguments Of(string name) => fromPlaitrc.GetValueOrDefault(name, PtArguments.Empty);

    /// <summary>Both, but for a key that both have, the closer ones alone.</summary>
    private static PtArguments Override(PtArguments general, PtArguments closer)
    {
        HashSet<string> own = [.. closer.Select(argument => argument.Key)];
        return new(general.Where(argument => !own.Contains(argument.Key)).Concat(closer));
    }
}
