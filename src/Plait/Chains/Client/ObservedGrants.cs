using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains.Client;

/// <summary>
/// How the transports of one program, or of all external programs, were seen to grant, for as long as Plait runs. A transport that has
/// granted before its connection stood is not believed again, also where that cannot be seen (G2).
/// </summary>
/// <param name="program">How messages call the program.</param>
/// <param name="observer">Receives what is found.</param>
/// <param name="logger">Receives it too.</param>
internal sealed class ObservedGrants(SafeText program, IPlaitObserver observer, ILogger logger)
{
    // These grant at once, before they reach anything remote (S27, K5). At the wire they dial the network themselves, so that
    // cannot be seen.
    private static readonly string[] s_knownEarly = ["snowflake", "meek", "meek_lite"];

    private readonly ConcurrentDictionary<string, GrantQuality> _found = new();

    internal GrantQuality Of(string transport) => _found.GetValueOrDefault(
        transport, s_knownEarly.Contains(transport) ? GrantQuality.Early : GrantQuality.Proven);

    /// <summary>A transport was seen to grant like this. The least verified grant is remembered.</summary>
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
