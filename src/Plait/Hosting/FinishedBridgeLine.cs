using System.Net;
using Microsoft.Extensions.Logging;
using Plait.Configuration;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Storage;
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

    /// <summary>
    /// Keeps the line of a chain in its folder of state, with placeholders for what the bridge does not know: scripts find it there, and
    /// <c>plait bridge-line</c> finishes it.
    /// </summary>
    /// <param name="folder">Our folder of state.</param>
    /// <param name="name">As in <see cref="Of"/>.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="isTors">Whether the chain leads to tor, whose fingerprint is then a part of the line.</param>
    /// <param name="logger">Receives a warning if the file cannot be written.</param>
    internal static void Keep(string folder, string name, ChainStart.Listening chain, bool isTors, ILogger logger)
    {
        IPAddress address = chain.EndPoint.Address;
        bool isKnown = !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);
        string file = Path.Combine(folder, chain.Alias + StateDirectories.BridgeLineSuffix);
        var line = new BridgeLineTemplate(name, isKnown ? address : null, chain.EndPoint.Port, isTors, chain.Arguments);
        try
        {
            StateFile.ReplaceIfChanged(file, $"""
                # The bridge line of {chain.Alias}. Plait writes this file when the bridge starts.
                # What stands in <...> the bridge does not know: plait bridge-line puts it in.
                {line.Format()}

                """);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            ProcessLog.StateNotKept(logger, $"the bridge line", SafeText.Own(e.Message));
        }
        catch (InvalidOperationException)
        {
            // An argument holds a blank, and no bridge line can carry that; one of an earlier start is no longer true.
            StateFile.Delete(file);
        }
    }
}
