using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;

namespace Plait.Chains;

/// <summary>One thing that an opening waits for.</summary>
/// <param name="Hop">The hop, or null where none is asked yet.</param>
/// <param name="Stage">The stage that the wait belongs to.</param>
/// <param name="Awaited">The same for a person: "it was waiting for …".</param>
internal sealed record OpeningStep(int? Hop, ChainStage Stage, SafeText Awaited)
{
    internal static OpeningStep First { get; } = new(null, ChainStage.Dial, $"its first hop");

    /// <summary>What is awaited of a hop that has been asked.</summary>
    internal static SafeText OtherSide { get; } = $"this hop's handshake with its other side on the bridge";
}
