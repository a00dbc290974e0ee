using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Client;

/// <summary>
/// What one program's transports, or those of all external programs, were seen to do, for as long as Plait runs: one that has granted before its connection
/// stood is not believed again, also where that cannot be seen (G2).
/// </summary>
/// <param name="program">How messages call the program.</param>
/// <param name="observer">Is told what is found.</param>
/// <param name="logger">Is told too.</param>
internal sealed class ObservedGrants(SafeText program, IPlaitObserver observer, ILogger logger)
{
    // These grant at once, before anything remote is reached (S27, K5). At the wire, where they dial the network themselves,
    // they cannot be seen to do so.
    private static readonly string[] s_knownEarly = ["snowflake", "meek", "meek_lite"];

    private readonly ConcurrentDictionary<string, GrantQuality> _found = new();

    internal GrantQuality Of(string transport) => _found.GetValueOrDefault(
        transport, s_knownEarly.Contains(transport) ? GrantQuality.Early : GrantQuality.Proven);

    /// <summary>A transport was seen to grant like this. The less it is worth, the longer it is remembered.</summary>
    internal void Seen(string transport, GrantQuality quality)
    {
        GrantQuality before = Of(transport);
        if (quality <= before)
        {
            return;
        }

        _found[transport] = quality;
        ChainLog.GrantQuality(logger, program, SafeText.Name(transport), quality == GrantQuality.Lazy
            ? SafeText.Of($"accepts at once and dials only when payload flows")
            : $"accepts before its connection stands");
        observer.OnEvent(new PlaitEvent.GrantQualityFound(program.ToString(), transport, quality));
    }
}
