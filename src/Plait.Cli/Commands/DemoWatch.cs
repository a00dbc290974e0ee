using Plait.Chains;
using Plait.Diagnostics;

namespace Plait.Cli.Commands;

/// <summary>Keeps what one side of the demonstration tells about its connection.</summary>
internal sealed class DemoWatch : IChainObserver
{
    private volatile ChainConnection? _opened;
    private volatile ChainFailure? _failure;

    /// <summary>Why the connection could not be opened, or null.</summary>
    internal ChainFailure? Failure => _failure;

    public void Opened(ChainConnection connection) => _opened = connection;

    public void Failed(ChainFailure failure) => _failure ??= failure;

    public void Closed(ChainConnection connection)
    {
    }

    /// <summary>What the hops did, 0 nearest to tor.</summary>
    internal HopReport[] Report() =>
        [.. (_opened?.Hops ?? []).Select(hop => new HopReport(hop.Transport, hop.Process, hop.Joint, hop.SetUp, hop.Outward, hop.Inward))];
}
