using Plait.Diagnostics;

namespace Plait.Chains;

/// <summary>Is told what becomes of chain connections. Nothing depends on being observed; calls must return at once.</summary>
internal interface IChainObserver
{
    /// <summary>The chain stands; bytes will flow.</summary>
    void Opened(ChainConnection connection);

    /// <summary>A connection could not be opened.</summary>
    void Failed(ChainFailure failure);

    /// <summary>A connection, opened or not, is over.</summary>
    void Closed(ChainConnection connection);
}

/// <summary>Observes nothing.</summary>
internal sealed class NoObserver : IChainObserver
{
    internal static NoObserver Instance { get; } = new();

    public void Opened(ChainConnection connection)
    {
    }

    public void Failed(ChainFailure failure)
    {
    }

    public void Closed(ChainConnection connection)
    {
    }
}
