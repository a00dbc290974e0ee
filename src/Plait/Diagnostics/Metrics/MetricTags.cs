using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Metrics;

/// <summary>The tags of <see cref="PlaitMetrics"/>. Their values are names of tables, or of the configuration: never an address (G5).</summary>
internal static class MetricTags
{
    // OpenTelemetry's own: seen from us, the network is where we transmit to.
    internal static KeyValuePair<string, object?> Transmit => new("network.io.direction", "transmit");

    internal static KeyValuePair<string, object?> Receive => new("network.io.direction", "receive");

    internal static KeyValuePair<string, object?> Role(PtRole role) => new("plait.role", EventNames.Of(role));

    internal static KeyValuePair<string, object?> Chain(string chain) => new("plait.chain", chain);

    internal static KeyValuePair<string, object?> Program(string program) => new("plait.program", program);

    internal static KeyValuePair<string, object?> HopTransport(string transport) => new("plait.hop.transport", transport);

    internal static KeyValuePair<string, object?> Grant(GrantQuality grant) => new("plait.grant", EventNames.Of(grant));

    internal static KeyValuePair<string, object?> Stage(ChainStage stage) => new("plait.stage", FailureWords.NameOf(stage));

    internal static KeyValuePair<string, object?> Cause(FailureCause cause) => new("plait.cause", FailureWords.NameOf(cause));

    /// <summary>Whether the connection had been granted: the words of STATUS.</summary>
    internal static KeyValuePair<string, object?> Outcome(bool lost) => new("plait.outcome", lost ? "lost" : "failed");
}
