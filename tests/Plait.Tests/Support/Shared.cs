using Plait.Connections.Polling;
using Plait.Relays;

namespace Plait.Tests.Support;

/// <summary>What tests of single parts share, as the parts of one host would.</summary>
internal static class Shared
{
    internal static PollerSet Pollers { get; } = new();

    /// <summary>Chooses the back-end of systems without pollers.</summary>
    internal static PollerSet ManagedSockets { get; } = new() { WatchSockets = false };

    internal static PipePool Pipes { get; } = new(1000, 10, Pipe.TryOpen);
}
