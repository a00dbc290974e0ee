namespace Plait.Chains;

/// <summary>A listener of Plait at which the connections of one chain arrive, from tor or from the network.</summary>
internal interface IChainListener : IAsyncDisposable
{
    /// <summary>Connections open now.</summary>
    int Connections { get; }

    /// <summary>Closes the listener; connections that are open go on (L7).</summary>
    void StopAccepting();

    /// <summary>Completes when no connection is open.</summary>
    Task WhenIdleAsync();
}
