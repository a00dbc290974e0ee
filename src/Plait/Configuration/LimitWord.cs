using System.Globalization;
using System.Net;

namespace Plait.Configuration;

/// <summary>A word that sets one of the <see cref="Limits"/>.</summary>
/// <param name="Name">The word: the name of the property.</param>
/// <param name="Expected">The accepted values, for a person.</param>
/// <param name="Apply">The limits with the value set, or null when the value is none of these.</param>
internal sealed record LimitWord(string Name, string Expected, Func<Limits, string, Limits?> Apply)
{
    private static readonly IPNetwork Loopback = new(new IPAddress([127, 0, 0, 0]), 8);

    // An address that is used again soon could name two connections to a child (C10, G1).
    private const int LongestPrefix = 16;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    internal static IReadOnlyList<LimitWord> All { get; } =
    [
        Timeout(nameof(Limits.StartTimeout), (limits, value) => limits with { StartTimeout = value }),
        Grace(nameof(Limits.LateStartGrace), (limits, value) => limits with { LateStartGrace = value }),
        Timeout(nameof(Limits.HandshakeTimeout), (limits, value) => limits with { HandshakeTimeout = value }),
        Timeout(nameof(Limits.OpenTimeout), (limits, value) => limits with { OpenTimeout = value }),
        Grace(nameof(Limits.LazyDialGrace), (limits, value) => limits with { LazyDialGrace = value }),
        Grace(nameof(Limits.FirstByteHold), (limits, value) => limits with { FirstByteHold = value }),
        Grace(nameof(Limits.ExitGrace), (limits, value) => limits with { ExitGrace = value }),
        Timeout(nameof(Limits.LingerTimeout), (limits, value) => limits with { LingerTimeout = value }),
        Grace(nameof(Limits.StallTimeout), (limits, value) => limits with { StallTimeout = value }),
        Timeout(nameof(Limits.RestartDelayMin), (limits, value) => limits with { RestartDelayMin = value }),
        Timeout(nameof(Limits.RestartDelayMax), (limits, value) => limits with { RestartDelayMax = value }),
        Count(nameof(Limits.MaxConnections), 1, 1_000_000, (limits, value) => limits with { MaxConnections = value }),
        Count(nameof(Limits.MaxPipes), 0, 1_000_000, (limits, value) => limits with { MaxPipes = value }),
        Count(nameof(Limits.MaxLargePipes), 0, 1_000_000, (limits, value) => limits with { MaxLargePipes = value }),
        Count(nameof(Limits.MaxTunnels), 1, 1_000_000, (limits, value) => limits with { MaxTunnels = value }),
        Grace(nameof(Limits.TunnelIdleTimeout), (limits, value) => limits with { TunnelIdleTimeout = value }),
        Count(nameof(Limits.MaxChainLength), 1, 32, (limits, value) => limits with { MaxChainLength = value }),
        new(nameof(Limits.InternalSources), "a part of 127.0.0.0/8 of at least 65536 addresses, such as 127.64.0.0/10", SetInternalSources),
    ];

    /// <summary>A deadline or delay: more than 0.</summary>
    private static LimitWord Timeout(string name, Func<Limits, TimeSpan, Limits> set) => new(
        name,
        "an interval from 1 msec to 1440 minutes, such as 500 msec, 20 seconds or 2 minutes",
        (limits, text) => Interval.TryParse(text, out TimeSpan value) && value >= Shortest ? set(limits, value) : null);

    /// <summary>A wait that can be left out: 0 or more.</summary>
    private static LimitWord Grace(string name, Func<Limits, TimeSpan, Limits> set) => new(
        name,
        "an interval from 0 to 1440 minutes, such as 500 msec, 20 seconds or 2 minutes",
        (limits, text) => Interval.TryParse(text, out TimeSpan value) ? set(limits, value) : null);

    private static LimitWord Count(string name, int least, int most, Func<Limits, int, Limits> set) => new(
        name,
        string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"),
        (limits, text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
                ? set(limits, value)
                : null);

    // G10: internal dials stay on the loopback, so their source cannot be elsewhere.
    private static Limits? SetInternalSources(Limits limits, string text) =>
        IPNetwork.TryParse(text, out IPNetwork network) && IsPartOfLoopback(network)
            ? limits with { InternalSources = network }
            : null;

    private static bool IsPartOfLoopback(IPNetwork network) =>
        network.PrefixLength >= Loopback.PrefixLength && network.PrefixLength <= LongestPrefix && Loopback.Contains(network.BaseAddress);
}
