using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;

namespace Plait.Cli.Commands;

/// <summary>Keeps what one side of the demonstration tells about its connection.</summary>
internal sealed class DemoWatch : IPlaitObserver
{
    private volatile IReadOnlyList<HopFigures> _hops = [];
    private volatile ChainFailure? _failure;

    /// <summary>Why the connection could not be opened, or null.</summary>
    internal ChainFailure? Failure => _failure;

    public void OnEvent(PlaitEvent happened)
    {
        switch (happened)
        {
            case PlaitEvent.ConnectionOpened opened:
                _hops = opened.Hops;
                break;
            case PlaitEvent.ConnectionFailed failed:
                _failure ??= failed.Failure;
                break;
        }
    }

    /// <summary>What the hops did, 0 nearest to tor.</summary>
    internal HopReport[] Report() =>
        [.. _hops.Select(hop => new HopReport(hop.Transport, hop.Process, hop.Joint, hop.SetUp, hop.Outward, hop.Inward))];
}
