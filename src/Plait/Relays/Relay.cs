using Plait.Connections;

namespace Plait.Relays;

/// <summary>
/// Moves bytes between two connections until both have finished (G9): in order, complete and unchanged. What one side
/// has sent is delivered before its end is passed on; an end of writing is passed on as an end of writing, a reset as a
/// reset. It knows nothing of hops.
/// </summary>
/// <remarks>
/// The theory of its end. A direction that finishes passes that on and leaves the other alone. A direction that fails resets
/// both sides, which ends the other. A side that has finished because its program closed the socket ends the relay: the other
/// side is closed too, so that the system answers what it still sends by a reset, as directly (G12). Once the connection as a
/// whole is ending (<see cref="RelaySettings.Ending"/>, or because one direction has finished), and neither side moves nor
/// finishes for <see cref="RelaySettings.LingerTimeout"/>, both are closed in an orderly way: pluggable transports close both
/// ways at once (S30), so a half-open connection that is silent is a forgotten one. A reset is sent only to a side that lacks bytes.
/// </remarks>
internal static class Relay
{
    /// <summary>Relays until both directions have ended. Disposes neither connection; aborts both if one fails.</summary>
    /// <returns>How it ended. It does not throw for what the connections do.</returns>
    internal static Task<RelayResult> RunAsync(
        ByteConnection first, ByteConnection second, RelaySettings settings, CancellationToken cancellationToken) =>
        first is PolledConnection one && second is PolledConnection other
            ? SpliceRelay.RunAsync(one, other, settings, cancellationToken)
            : CopyRelay.RunAsync(first, second, settings, cancellationToken);
}
