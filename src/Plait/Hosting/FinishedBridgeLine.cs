using System.Net;
using Plait.Configuration;
using Plait.Wire.Torrc;

namespace Plait.Hosting;

/// <summary>The bridge line of a chain that listens: what a client needs to reach it.</summary>
[ProgramSeam]
internal static class FinishedBridgeLine
{
    /// <summary>Makes the line.</summary>
    /// <param name="name">The name by which clients know the chain: an alias of theirs, or <see cref="NameOf"/>.</param>
    /// <param name="chain">The chain, with the arguments that its transports announce.</param>
    /// <param name="address">The address that clients use.</param>
    internal static BridgeLine Of(string name, ChainStart.Listening chain, IPEndPoint address) =>
        new(name, address, Fingerprint: null, chain.Arguments);

    /// <summary>
    /// The free-form name of a chain, which every Plait reads without an alias: <c>obfs3_obfs4</c>; with <c>__</c> between the hops if <c>_</c> could
    /// be read in another way.
    /// </summary>
    /// <param name="configuration">Declares the transports.</param>
    /// <param name="hops">The chain.</param>
    internal static string NameOf(PlaitConfiguration configuration, IReadOnlyList<string> hops)
    {
        string[] known = [.. configuration.Client.Transports.Keys.Union(configuration.Server.Transports.Keys).Union(hops)];
        string name = string.Join('_', hops);
        return hops.Count == 1 || (FreeFormName.Read(name, known, hops.Count + 1) is [var only] && only.SequenceEqual(hops)) ? name
            : string.Join("__", hops);
    }
}
