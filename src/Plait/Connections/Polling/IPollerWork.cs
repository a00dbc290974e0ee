namespace Plait.Connections.Polling;

/// <summary>Work of one connection on a poller's thread.</summary>
internal interface IPollerWork
{
    /// <summary>Does a bounded piece of it: other connections wait meanwhile.</summary>
    void Run();

    /// <summary>Ends the work: <see cref="Run"/> threw an exception, or the poller has ended. The poller goes on.</summary>
    void Abandon()
    {
    }
}
