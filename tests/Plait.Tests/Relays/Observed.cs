using Plait.Relays;

namespace Plait.Tests.Relays;

/// <summary>An observer made of what a test wants to hear of.</summary>
internal sealed class Observed : RelayObserver
{
    public Action<int>? Forward { get; init; }

    public Action<int>? Backward { get; init; }

    public Action<RelaySide>? First { get; init; }

    internal override void MovedForward(int bytes) => Forward?.Invoke(bytes);

    internal override void MovedBackward(int bytes) => Backward?.Invoke(bytes);

    internal override void EndedFirst(RelaySide side) => First?.Invoke(side);
}
