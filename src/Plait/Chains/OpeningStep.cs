using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains;

/// <summary>What an opening is waiting for.</summary>
/// <param name="Hop">The hop, or null where none is asked yet.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="Awaited">The same for a person: "it was waiting for …".</param>
internal sealed record OpeningStep(int? Hop, ChainStage Stage, SafeText Awaited)
{
    internal static OpeningStep First { get; } = new(null, ChainStage.Dial, $"its first hop");

    /// <summary>What a hop that has been asked waits for.</summary>
    internal static SafeText OtherSide { get; } = $"this hop's handshake with its other side on the bridge";
}
