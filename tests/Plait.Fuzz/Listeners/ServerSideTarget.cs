using Plait.Hosting;

namespace Plait.Fuzz.Listeners;

/// <summary>A listener, or a dial, of a bridge.</summary>
/// <param name="extOrPort">Which joint its child has.</param>
internal abstract class ServerSideTarget(bool extOrPort) : ListenerTarget
{
    protected override IPlaitHost Host => Side.Host;

    protected override bool OthersIdle => Side.Idle;

    /// <summary>The bridge, and what is around it; there from the start to the stop.</summary>
    protected ServerSide Side { get; private set; } = null!;

    protected override async Task StartAsync() => Side = await ServerSide.StartAsync(extOrPort);

    protected override Task StopAsync() => Side.DisposeAsync().AsTask();

    protected override Task BeGoodAsync() => Side.BeGoodAsync();
}
